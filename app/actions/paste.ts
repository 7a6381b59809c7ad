import { copied } from '../share/clipboard.ts';
import type { App } from '../store/store.ts';
import type { Action } from './action.ts';
import { openTexts } from './open-files.ts';

/** What is in the clipboard, in place of a file. Ctrl V outside fields does the same (views/page/paste.ts). */
export const paste: Action = {
  name: 'paste',
  label: (words) => words.actions.paste,
  keys: [],
  available: () => true,
  perform(app) {
    copied().then(
      (text) => pasteText(app, text),
      () => app.say({ kind: 'paste-failed', detail: '' }),
    );
  },
};

const NAME = 'clipboard.txt';
/** How much of what is no file is said again, in characters. */
const SAID = 40;

/** A word that was in the clipboard is no file: what one has is not replaced by it. */
export function pasteText(app: App, text: string): void {
  if (!isFile(text)) return app.say({ kind: 'not-pasted', detail: text.trim().slice(0, SAID) });
  openTexts(app, [{ name: NAME, text }]);
}

/** More than a line, or a line that one of the formats has: of rules, sets, sysctl, ip route. */
export function isFile(text: string): boolean {
  return (
    text.trim().includes('\n') ||
    /^\s*(-[AINP] \S|\*\w|create \S|add \S|ip6?tables|ipset |[[{]|[a-z][\w/-]{0,40}(\.[\w/-]{1,40}){1,8} ?= ?\S|(default|[\d.]{1,15}\/\d+|[\da-f:]{2,39}\/\d+) (via|dev) \S)/.test(
      text,
    )
  );
}
