/**
 * Everything of the embed that is made with the page, from the engine: the walk of each scenario, the rules of its node,
 * verdicts that stand in the HTML, and a still picture of each scenario in both languages. Reads nothing and writes
 * nothing: files come in as a function and go out as values (setup/embed.js).
 */

import { parse } from 'yaml';
import type { Environment, Packet } from '../../engine/index.ts';
import { readExampleList } from '../shipped/examples.ts';
import type { ExampleEntry } from '../store/state.ts';
import { draftOf, packetOf } from '../store/draft.ts';
import { fateOf } from '../store/fate.ts';
import { learnFrom } from '../store/learn-from.ts';
import { LANGUAGES } from '../text/languages.ts';
import { fateSentence } from '../views/verdict/fate-words.ts';
import { describe } from '../worker/cluster.ts';
import { engine } from '../worker/engine.ts';
import type { Answer, Bilingual, NodeSummary, Reading, SourceFile, TraceView } from '../worker/messages.ts';
import { createSession } from '../worker/session.ts';
import { scriptKeyOf, SCENARIO_ID, scriptOf, type ScenarioData, type SourceChoice } from './data.ts';
import { pictureOf, type Picture, type PictureSize } from './picture.ts';

/** A file of the embed, its path from the embed's folder. */
interface Prepared {
  readonly path: string;
  readonly text: string;
}

/** What the HTML says of a scenario before anything is loaded. */
interface Headline {
  readonly title: Bilingual;
  /** Class of the fate, for its glyph. */
  readonly class: string;
  readonly verdict: Bilingual;
  readonly alt: Bilingual;
  /** Of its pictures, for `width` and `height`: so the page keeps their place while they load. */
  readonly sizes: { readonly en: Sizes; readonly zh: Sizes };
}

/** In pixels. */
type Sizes = Readonly<Record<PictureSize, readonly [width: number, height: number]>>;

interface Embeds {
  readonly files: readonly Prepared[];
  readonly headlines: Readonly<Record<string, Headline>>;
}

/** More do not fit a list one looks through in a figure. */
const MOST_SOURCES = 10;

/** `read` takes an address such as `examples/kube-ovn-installed/node.snapshot`. */
export function prepare(read: (address: string) => string): Embeds {
  const files: Prepared[] = [];
  const headlines: Record<string, Headline> = {};
  const entries = readExampleList(JSON.parse(read('examples/index.json')));
  const names = new Set(entries.map((entry) => nameOf(entry.id)));
  for (const name of names) {
    const group = entries.filter((entry) => nameOf(entry.id) === name);
    const node = new Walks(name, group, read);
    files.push({ path: scriptOf.node(name), text: script(scriptKeyOf.node(name), node.summary) });
    files.push({ path: scriptOf.files(name), text: script(scriptKeyOf.files(name), node.files) });
    for (const entry of group) {
      if (!SCENARIO_ID.test(entry.id)) throw new Error(`the name of scenario "${entry.id}" cannot stand in an address: small letters, digits and "-" can`);
      const scenario = node.scenario(entry);
      // By each name it ever had: figures in other people's pages stay.
      const ids = [entry.id, ...(entry.formerly ?? [])];
      for (const id of ids) files.push({ path: scriptOf.scenario(id), text: script(scriptKeyOf.scenario(id), scenario) });
      const pictures = picturesOf(scenario);
      for (const language of ['en', 'zh'] as const)
        for (const id of ids) {
          files.push({ path: `svg/${id}.${language}.svg`, text: pictures[language].wide.svg });
          files.push({ path: `svg/${id}.${language}.narrow.svg`, text: pictures[language].narrow.svg });
        }
      const fate = fateOf(shown(scenario));
      headlines[entry.id] = {
        title: entry.title,
        class: fate.class,
        verdict: { en: fateSentence(fate, LANGUAGES.en), zh: fateSentence(fate, LANGUAGES.zh) },
        alt: { en: pictures.en.wide.alt, zh: pictures.zh.wide.alt },
        sizes: { en: sizesOf(pictures.en), zh: sizesOf(pictures.zh) },
      };
    }
  }
  return { files, headlines };
}

/** Name of a file in the folder of its example. */
const nameIn = (address: string): string => address.slice(address.lastIndexOf('/') + 1);

/** Name of the example that a scenario belongs to. */
function nameOf(id: string): string {
  return id.split('/', 1)[0] as string;
}

function script(key: string, value: unknown): string {
  return `packetwalkData(${JSON.stringify(key)},${JSON.stringify(value)})\n`;
}

/** What a scenario is about is where its packets lead to: the walk of the last. */
function shown(scenario: ScenarioData): TraceView {
  return scenario.traces.at(-1) as TraceView;
}

type Pictures = Readonly<Record<PictureSize, Picture>>;

function picturesOf(scenario: ScenarioData): { readonly en: Pictures; readonly zh: Pictures } {
  const both = (language: 'en' | 'zh'): Pictures => ({
    wide: pictureOf(scenario, shown(scenario), language),
    narrow: pictureOf(scenario, shown(scenario), language, 'narrow'),
  });
  return { en: both('en'), zh: both('zh') };
}

function sizesOf({ wide, narrow }: Pictures): Sizes {
  return { wide: [wide.width, wide.height], narrow: [narrow.width, narrow.height] };
}

/** The walks on one node. */
class Walks {
  readonly files: readonly SourceFile[];
  readonly summary: NodeSummary;
  readonly #name: string;
  readonly #group: readonly ExampleEntry[];
  readonly #given: readonly SourceFile[];
  readonly #cluster: boolean;
  readonly #packets = new Map<string, { readonly packets: readonly Packet[]; readonly environment: Environment }>();
  #answers: Answer[] = [];
  readonly #session = createSession(engine, (answer) => {
    learnFrom(answer);
    this.#answers.push(answer);
  });
  #runs = 0;

  constructor(name: string, group: readonly ExampleEntry[], read: (address: string) => string) {
    this.#name = name;
    this.#group = group;
    const entry = group[0] as ExampleEntry;
    this.#given = [{ name: entry.node.slice(entry.node.lastIndexOf('/') + 1), text: read(entry.node) }];
    this.#cluster = entry.cluster;
    for (const { id, packets } of group) this.#packets.set(id, readPackets(packets, read(packets)));
    const { packets, environment } = this.#packetsOf(entry.id);
    const answers = this.#run(packets, environment, true);
    const node = answers.find((answer) => answer.kind === 'node');
    if (!node) throw new Error(`${name}: ${said(answers)}`);
    const made = answers.find((answer) => answer.kind === 'cluster')?.cluster.snapshot;
    this.files = made ? [{ name: 'node.snapshot', text: made }] : this.#given;
    this.summary = node.node;
  }

  scenario(entry: ExampleEntry): ScenarioData {
    const { packets, environment } = this.#packetsOf(entry.id);
    const { traces, problems } = this.#traces(packets, environment);
    const lean = traces.map((trace, packet) => this.#whole(trace, packet, []));
    return {
      id: entry.id,
      title: entry.title,
      files: [nameIn(entry.node), nameIn(entry.packets)],
      ...(entry.cluster && { cluster: true }),
      node: this.#name,
      packets,
      environment,
      traces: lean,
      problems,
      sources: this.#sources(entry.id),
    };
  }

  #packetsOf(id: string): { readonly packets: readonly Packet[]; readonly environment: Environment } {
    const found = this.#packets.get(id);
    if (!found) throw new Error(`broken promise: ${id} has no packets`);
    return found;
  }

  #run(packets: readonly Packet[], environment: Environment, withFiles = false): readonly Answer[] {
    this.#answers = [];
    this.#session({ kind: 'run', id: ++this.#runs, files: withFiles ? this.#given : null, cluster: this.#cluster, packets, environment }, describe);
    return this.#answers;
  }

  #traces(packets: readonly Packet[], environment: Environment): Extract<Answer, { kind: 'traces' }> {
    const answers = this.#run(packets, environment);
    const found = answers.find((answer) => answer.kind === 'traces');
    if (!found) throw new Error(`${this.#name}: ${said(answers)}`);
    return found;
  }

  /** With the readings of every rule that was looked at, so that the embed asks for none; without what no view shows. */
  #whole<T extends TraceView>(trace: T, packet: number, caused: readonly number[]): T {
    const readings: Record<string, readonly Reading[]> = { ...trace.readings };
    const zh: Record<string, string> = { ...trace.zh };
    for (const step of trace.steps) {
      if (step.kind !== 'rule' && step.kind !== 'misses') continue;
      for (let rule = step.rule; rule <= (step.kind === 'misses' ? step.last : step.rule); rule++) {
        const key = `${step.index}/${rule}`;
        if (readings[key]) continue;
        this.#answers = [];
        this.#session({ kind: 'why', id: this.#runs, packet, step: step.index, rule, ...(caused.length > 0 && { caused }) });
        const answer = this.#answers.find((one) => one.kind === 'why');
        if (answer) readings[key] = answer.readings;
        Object.assign(zh, answer?.zh);
      }
    }
    return {
      ...trace,
      steps: trace.steps.map((step) => (step.kind === 'conntrack' ? { ...step, entry: null } : step)),
      emitted: trace.emitted.map((one, i) => this.#whole(one, packet, [...caused, i])),
      readings,
      ...(Object.keys(zh).length > 0 && { zh }),
    };
  }

  /** Sources of the other scenarios on the node that come by the same interface, each with what would become of this packet. */
  #sources(id: string): readonly SourceChoice[] {
    const { packets, environment } = this.#packetsOf(id);
    const [packet] = packets;
    if (!packet?.src || packets.length > 1) return [];
    const family = (address: string): boolean => address.includes(':');
    const sources = new Set([packet.src]);
    for (const other of this.#group)
      for (const { in: link, src } of this.#packetsOf(other.id).packets) if (src && link === packet.in && family(src) === family(packet.src)) sources.add(src);
    // Those of its own subnet first: what differs there is what the scenario is about.
    const near = (address: string): number => [...address].findIndex((character, i) => character !== packet.src?.[i]);
    const [own, ...others] = sources;
    const ordered = [own as string, ...others.sort((a, b) => near(b) - near(a))];
    const choices: SourceChoice[] = [];
    for (const src of ordered) {
      if (choices.length === MOST_SOURCES) break;
      const trace = this.#run([{ ...packet, src }], environment).find((answer) => answer.kind === 'traces')?.traces[0];
      if (!trace) continue;
      const fate = fateOf(trace);
      choices.push({ src, fate: { en: fateSentence(fate, LANGUAGES.en), zh: fateSentence(fate, LANGUAGES.zh) } });
    }
    return choices;
  }
}

function said(answers: readonly Answer[]): string {
  return answers.map((answer) => ('message' in answer ? answer.message : answer.kind)).join(', ');
}

function readPackets(name: string, text: string): { readonly packets: readonly Packet[]; readonly environment: Environment } {
  const value = (name.endsWith('.yaml') ? parse(text) : JSON.parse(text)) as readonly Packet[] | { readonly packets: readonly Packet[]; readonly environment?: Environment };
  const given = 'packets' in value ? value : { packets: value };
  // As the page walks them: with what its fields show for what is not written.
  const packets = given.packets.map((packet) => packetOf(draftOf(packet)).packet ?? packet);
  return { packets, environment: ('environment' in given && given.environment) || {} };
}
