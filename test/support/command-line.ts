/** The command line run in this process: files are texts by name, `-` is standard input. */

import { runCommandLine } from '../../app/cli/run.ts';

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly columns?: number;
  readonly color?: boolean;
}

export async function packetwalk(words: readonly string[], { files = {}, columns, color = false }: Surroundings = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await runCommandLine(words, {
    write: (text) => void out.push(text),
    writeError: (text) => void err.push(text),
    async read(name) {
      const content = files[name];
      if (content === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
    columns: columns ?? null,
    color,
  });
  return { status, out: out.join(''), err: err.join('') };
}
