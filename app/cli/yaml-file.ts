/** A file of YAML, read whole: its values, and the place of each; or refused in our own form. */

import { LineCounter, parseAllDocuments, parseDocument, type Document } from 'yaml';
import { Refusal, type RefusalDetails } from './command.ts';
import type { InputFile } from './input.ts';

export type Path = readonly (string | number)[];

/** Both from 1; columns count code points, as everywhere. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

interface YamlFile {
  /** One for each document. */
  readonly values: readonly unknown[];
  /** Place of what stands at `path` in a document; of what is missing, the place of what is around it. */
  locate(document: number, path: Path): Place | null;
}

/** Aliases unfold to at most so many values: a small file cannot fill the memory. */
const MAX_ALIASES = 100;

/** @param documents whether there may be more than one */
export function readYaml({ name, text }: InputFile, documents: 'one' | 'several'): YamlFile {
  const lineCounter = new LineCounter();
  const options = { lineCounter, prettyErrors: false, stringKeys: true };
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: [...text.slice(offset - col + 1, offset)].length + 1 };
  };
  try {
    const parsed = documents === 'one' ? [parseDocument(text, options)] : parseAllDocuments(text, options);
    // Nothing but comments is no document.
    const all: readonly Document[] = Array.isArray(parsed) ? parsed : [];
    for (const { errors } of all) {
      const [error] = errors;
      if (error) throw refusal(error.message, { file: name, ...placeOf(error.pos[0]) });
    }
    return {
      values: all.map((document) => document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown),
      locate: (document, path) => locate(all[document], placeOf, path),
    };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw refusal((error as Error).message, { file: name });
  }
}

/** The parser's words in our form: lower case, no full stop, one line. */
function refusal(message: string, place: RefusalDetails): Refusal {
  // It goes into what is nested by calling itself.
  if (/call stack/i.test(message)) return new Refusal('it is nested too deeply', { file: place.file ?? null });
  const [line = ''] = message.split('\n');
  return new Refusal(`${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, ''), { ...place, hint: 'the file must be YAML' });
}

function locate(document: Document | undefined, placeOf: (offset: number) => Place, path: Path): Place | null {
  for (let length = path.length; document && length >= 0; length--) {
    const node = length === 0 ? document.contents : (document.getIn(path.slice(0, length), true) as { readonly range?: readonly [number, number, number] | null } | undefined);
    if (node?.range) return placeOf(node.range[0]);
  }
  return null;
}
