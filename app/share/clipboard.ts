/** The clipboard. A page that came without TLS has none to ask (Clipboard API, §5.1: secure contexts only): there the browser's older way does for copying. */

/** What the browser gives the page, if anything: the type library takes it to be there always. */
const given = (): Clipboard | undefined => (navigator as { readonly clipboard?: Clipboard }).clipboard;

/** Rejects where the browser does not allow it. */
export async function copy(text: string): Promise<void> {
  const clipboard = given();
  if (clipboard) return clipboard.writeText(text);
  if (!copyByEvent(text)) throw new Error('the browser does not allow copying');
}

/** Rejects where the browser does not allow it. */
export async function copied(): Promise<string> {
  const clipboard = given();
  if (!clipboard) throw new Error('the browser gives no clipboard');
  return clipboard.readText();
}

/** Asks for a copy of whatever is marked, and gives the text in its place. */
function copyByEvent(text: string): boolean {
  let taken = false;
  const give = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    taken = event.clipboardData !== null;
  };
  document.addEventListener('copy', give);
  try {
    return document.execCommand('copy') && taken;
  } finally {
    document.removeEventListener('copy', give);
  }
}
