/** What is pasted outside fields is opened as a file that is dropped is. */

import { dropFiles } from '../../actions/open-files.ts';
import { pasteText } from '../../actions/paste.ts';
import type { App } from '../../store/store.ts';

/** Until what it returns is called. */
export function takePastes(app: App): () => void {
  const onPaste = (event: ClipboardEvent): void => {
    const { target, clipboardData } = event;
    if (!clipboardData || event.defaultPrevented || (target instanceof Element && target.closest('input, select, textarea, [contenteditable], dialog'))) return;
    if (clipboardData.files.length === 0 && clipboardData.getData('text/plain').trim() === '') return;
    event.preventDefault();
    if (clipboardData.files.length > 0) dropFiles(app, clipboardData.files);
    else pasteText(app, clipboardData.getData('text/plain'));
  };
  document.addEventListener('paste', onPaste);
  return () => document.removeEventListener('paste', onPaste);
}
