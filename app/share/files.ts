/** Files the person gives: picked or dropped. They are read here and never leave the browser. */

import type { State } from '../store/state.ts';

type SourceFile = State['document']['files'][number];

export async function readFiles(files: Iterable<File>): Promise<readonly SourceFile[]> {
  const read = await Promise.all([...files].map(async (file) => ({ name: file.name, text: await file.text() })));
  // What is done with megabytes is a task of its own: between the two the browser is free.
  await new Promise((resolve) => setTimeout(resolve));
  return read;
}

/** Opens the browser's file dialog; resolves to nothing if it is closed without a choice. */
export function pickFiles(): Promise<readonly SourceFile[]> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.addEventListener('change', () => readFiles(input.files ?? []).then(resolve, reject), { once: true });
    input.addEventListener('cancel', () => resolve([]), { once: true });
    input.click();
  });
}
