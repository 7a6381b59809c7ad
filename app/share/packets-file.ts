/** A file of packets alone, as `packetwalk trace --packets` takes it (formats §2): they come in place of those on the page; the node stays, or is in the other files. */

import type { Environment } from '../../engine/index.ts';
import { readPacketsText } from '../store/desk.ts';
import { draftOf, type PacketDraft } from '../store/draft.ts';
import type { Document } from '../store/document.ts';
import type { Language } from '../store/state.ts';
import { fileWords, fileProblem } from '../text/given-files.ts';

type GivenPackets = { readonly packets: readonly PacketDraft[]; readonly environment: Environment } | { readonly failure: string };

/** What is wrong with it is said in `language`. */
export async function readPacketsFile({ name, text }: Document['files'][number], language: Language, read: typeof readPacketsText = readPacketsText): Promise<GivenPackets> {
  const words = fileWords(language);
  try {
    const { packets, environment, problems } = await read(text, language);
    const wrong = problems.find(({ severity }) => severity === 'error');
    if (wrong) return { failure: fileProblem(name, wrong, language) };
    return packets.length === 0 ? { failure: `${name}: ${words.noPackets}` } : { packets: packets.map(draftOf), environment };
  } catch (error) {
    return { failure: `${name}: ${words.broken({ message: error instanceof Error ? error.message : String(error) })}` };
  }
}
