/**
 * A scenario as a file: what is on the page, to be opened again by dropping it here, and walked by the command line. What only the page knows –
 * breakpoints, twins – goes along under a key of its own. Only packets half typed make no scenario: they are kept as they are, in the shape that
 * links carry.
 */

import type { Scenario } from '../../engine/index.ts';
import { readScenarioText, type ScenarioText } from '../store/desk.ts';
import { draftOf, samePacket, type PacketDraft } from '../store/draft.ts';
import { knownEntry, readyPackets, type Document } from '../store/document.ts';
import type { Language, State } from '../store/state.ts';
import { fileProblem, fileWords } from '../text/given-files.ts';
import { fetchText } from '../shipped/examples.ts';
import { readDocument } from './link.ts';
import { describesCluster, mayBeScenario } from './recognise.ts';

type Files = Document['files'];

/** Offers the file for saving; resolves to its name, with what could not be saved. */
export async function saveScenario(state: State): Promise<string> {
  const words = fileWords(state.settings.language);
  const said = await withShippedExpectations(state).catch(() => null);
  const { name, text, lost } = writeScenario(said ?? state);
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  if (!said) return words.savedAlone({ name });
  return lost === 0 ? name : words.savedWithout({ name, count: lost });
}

type Saved = Pick<State, 'document' | 'scenario'>;

/**
 * Of a scenario that ships only its file says what it expects: that is asked for when it is saved. It holds of packets that are as in the
 * file, and so are all before them, which leave them the state. Rejects where the file cannot be had.
 */
export async function withShippedExpectations(state: Saved, read: typeof readScenarioText = readScenarioText, fetched = fetchText): Promise<Saved> {
  const { document, scenario } = state;
  const entry = knownEntry(scenario, document.example);
  // The example's own list of packets expects nothing.
  if (!entry || !/\.scenario\.\w+$/.test(entry.packets)) return state;
  const shipped = await read(await fetched(entry.packets));
  if (shipped.kind === 'saved' || !shipped.scenario) throw new Error(`${entry.packets} is no scenario`);
  const { title, packets, expect } = shipped.scenario;
  const others = document.packets.findIndex((draft, i) => !packets[i] || !samePacket(draft, draftOf(packets[i])));
  const alike = others < 0 ? document.packets.length : others;
  return { scenario, document: { ...document, packets: document.packets.map((draft, i) => (i < alike ? { ...draft, numbered: i + 1 } : draft)), said: { title, expect } } };
}

/** `lost`: how many expectations were of packets that are not there any more. */
export function writeScenario({ document, scenario }: Saved): { readonly name: string; readonly text: string; readonly lost: number } {
  const example = knownEntry(scenario, document.example);
  const stem = (document.example?.replace(/^.*\//, '') ?? document.files[0]?.name.replace(/(\.scenario)?\.[^.]*$/, '') ?? '').replace(/[^\w.-]+/g, '-') || 'packetwalk';
  const packets = readyPackets(document);
  const { files, cluster, environment, breakpoints, twin, said } = document;
  const [file, ...more] = files;
  const page = { ...(cluster && { cluster }), ...(breakpoints?.length && { breakpoints }), ...(twin && { twin }) };
  const expected = said?.expect ?? [];
  const expect = expected.flatMap((one) => {
    const at = document.packets.findIndex(({ numbered }) => numbered === one.packet);
    return at < 0 ? [] : [{ ...one, packet: at + 1 }];
  });
  const value =
    file && packets
      ? {
          title: example?.title ?? said?.title ?? { en: file.name },
          snapshot: more.length === 0 && !cluster ? file.text : files,
          environment,
          packets,
          ...(expect.length > 0 && { expect }),
          ...(Object.keys(page).length > 0 && { page }),
        }
      : { packetwalk: 1, files, cluster, packets: document.packets, environment, breakpoints, twin, said };
  return { name: `${stem}.scenario.json`, text: `${JSON.stringify(value, null, 1)}\n`, lost: expected.length - expect.length };
}

type Dropped =
  /** None of the files is a scenario. */
  | { readonly kind: 'none' }
  | { readonly kind: 'document'; readonly document: Document }
  /** A scenario that cannot be opened, and why. */
  | { readonly kind: 'refused'; readonly message: string };

/** A scenario among files that were given together; the others are the node that it names. What is wrong with it is said in `language`. */
export async function readScenarioFiles(files: Files, language: Language, read: typeof readScenarioText = readScenarioText): Promise<Dropped> {
  const words = fileWords(language);
  const at = files.findIndex(mayBeScenario);
  const given = files[at];
  if (!given) return { kind: 'none' };
  const refused = (message: string): Dropped => ({ kind: 'refused', message: `${given.name}: ${message}` });
  let text: ScenarioText;
  try {
    text = await read(given.text, language);
  } catch (error) {
    return refused(words.broken({ message: error instanceof Error ? error.message : String(error) }));
  }
  if (text.kind === 'saved') {
    const { value } = text;
    const document = value.packetwalk === 1 ? readDocument(value) : null;
    if (document) return { kind: 'document', document };
    return refused(value.packetwalk === 1 ? words.notWhole : words.newer({ version: String(value.packetwalk) }));
  }
  const { scenario, problems } = text;
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (!scenario) return wrong ? { kind: 'refused', message: fileProblem(given.name, wrong, language) } : refused(words.noScenario);
  const others = files.filter((_, i) => i !== at);
  if (scenario.node.length > 0 && others.length === 0) return refused(words.nodeApart({ names: scenario.node.join(', ') }));
  const held = scenario.files ?? (scenario.snapshot === null ? [] : [{ name: given.name, text: scenario.snapshot }]);
  const extras = typeof scenario.page === 'object' && scenario.page !== null ? scenario.page : {};
  const cluster = 'cluster' in extras || (scenario.files !== undefined && describesCluster(held[0]?.text ?? ''));
  const value = { files: [...held, ...others], cluster, packets: numbered(scenario), environment: scenario.environment, ...saidIn(scenario, held[0]?.name) };
  return { kind: 'document', document: readDocument({ ...extras, ...value }) ?? { example: null, ...value } };
}

function numbered({ packets, expect }: Scenario): readonly PacketDraft[] {
  return packets.map((packet, i) => (expect.some((one) => one.packet === i + 1) ? { ...draftOf(packet), numbered: i + 1 } : draftOf(packet)));
}

/** A title that is a file's name was made by the page. */
function saidIn({ title, expect }: Scenario, name: string | undefined): Pick<Document, 'said'> {
  return expect.length > 0 || title.en !== name ? { said: { title, expect } } : {};
}
