/** What a command may touch: arguments come in, text and an exit status go out. Tests give their own. */

import { readFile } from 'node:fs/promises';

export interface Terminal {
  write(text: string): void;
  writeError(text: string): void;
  /** Bytes of a file, of standard input for `-`. Rejects with Node's error. */
  read(name: string): Promise<Uint8Array>;
  /** Columns to keep to; null: as long as need be (standard output is no terminal). */
  readonly columns: number | null;
  /** Colours are welcome. */
  readonly color: boolean;
}

export const processTerminal: Terminal = {
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  async read(name) {
    if (name !== '-') return readFile(name);
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  },
  columns: process.stdout.isTTY ? process.stdout.columns : null,
  // https://no-color.org: any value that is not empty.
  color: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
};
