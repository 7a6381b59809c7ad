/**
 * Links: the fragment holds the scenario, what differs from it in the packets, the step and what is selected; readable
 * and writable by hand:
 *
 *     #/s/<scenario>?pkt.src=10.0.11.130&step=14&alt=hook&sel=nat/OVN-POSTROUTING/10
 *     #/x/1.<JSON, deflate-raw, base64url>?step=14      the person's own files, only made when asked for
 *     #/own?step=14                                     the person's own files, kept in this browser
 *
 * `sel` is a rule that is looked at: without `step` the step is its first, with it the rule may be one that the packet does not come to there.
 * `alt=test&part=2` is the second test of a rule; each `stop=` is a breakpoint, as it is written (store/breakpoints.ts).
 * `twin=B` says that these packets are B of twins; A waits, with what differs from the scenario in it under `twin.`, `twin2.`…,
 * and `twins` as the number of its packets.
 * `pkt2.rest={"icmpId":20}` are the fields of a packet that have no place in the builder, in JSON, where they differ.
 * `show=cluster` opens the cluster beside the rules. `pkt.` is the first packet, `pkt2.` the second…; `packets` is their number where it is not the scenario's; `at` picks
 * one, `caused` one of those that it caused (`2.1`: the first that its second one caused). Steps and packets count from 1. Unknown keys are reported, not obeyed.
 */

import { shownTrace } from '../store/caused.ts';
import type { Packet } from '../../engine/index.ts';
import { draftOf, DRAFT_FIELDS, restOf, type DraftField, type PacketDraft } from '../store/draft.ts';
import { FIRST_PACKET, type Document } from '../store/document.ts';
import { breakpointsOf, parseBreakpoint } from '../store/breakpoints.ts';
import { ALTITUDES, type Altitude, type RulePlace } from '../store/cursor.ts';
import { sortedJson } from '../store/sorted-json.ts';
import type { OpenedExample, State } from '../store/state.ts';

/** A field of the builder; or all that it does not show, as JSON. */
type LinkField = DraftField | 'rest';

/** What differs in a list of packets from the scenario's. */
interface Differences {
  /** Fields by packet, from 0. */
  readonly fields: readonly { readonly packet: number; readonly field: LinkField; readonly text: string }[];
  readonly packets: number | null;
}

export interface Link extends Differences {
  readonly source: { readonly kind: 'example'; readonly id: string } | { readonly kind: 'own' } | { readonly kind: 'packed'; readonly data: string };
  /** Which of two twins these packets are, and what the other one is; null: there are none. */
  readonly twin: (Differences & { readonly shown: 'A' | 'B' }) | null;
  /** From 0. */
  readonly packet: number;
  /** Which of the packets that it caused, by its place among them, level by level, from 0. */
  readonly caused: readonly number[];
  /** From 0; null: the step that decides. */
  readonly step: number | null;
  /** Rule that is selected; without `step` its first step is gone to. */
  readonly rule: RulePlace | null;
  readonly altitude: Altitude;
  /** Which test or effect of the rule, from 0. */
  readonly part: number;
  /** Breakpoints, as they are written. */
  readonly breakpoints: readonly string[];
  readonly language: 'en' | 'zh' | null;
  /** Said by an embed whose host chose one. */
  readonly theme: 'light' | 'dark' | null;
  /** The cluster's panel is open. */
  readonly cluster: boolean;
  /** Keys and values that are not understood. */
  readonly unknown: readonly string[];
}

/** What every fragment of the person's own files begins with. */
export const OWN_WORK = '#/own';

/** More than anybody makes by hand: files of more are the person's own. */
const MOST_PACKETS = 1000;
/** `1`, `2.1`: packets that a packet caused, level by level. */
const CAUSED = /^[1-9]\d?(\.[1-9]\d?){0,7}$/;
const MOST_BREAKPOINTS = 1000;

/** Longest link that mails and browsers carry safely, and the longest that chats do, in characters. */
export const LONGEST_LINK = 8000;
export const CHAT_SAFE_LINK = 2000;

export function readLink(fragment: string): Link | null {
  const [path = '', query = ''] = split(fragment.replace(/^#/, ''), '?');
  const source = readSource(path);
  if (!source) return null;
  const fields: { packet: number; field: LinkField; text: string }[] = [];
  const waiting: { packet: number; field: LinkField; text: string }[] = [];
  let [shown, twins]: ['A' | 'B' | null, number | null] = [null, null];
  const unknown: string[] = [];
  let caused: readonly number[] = [];
  let [packets, packet, step, part]: [number | null, number, number | null, number] = [null, 0, null, 0];
  const breakpoints: string[] = [];
  let rule: RulePlace | null = null;
  let altitude: Altitude = 'rule';
  let language: Link['language'] = null;
  let theme: Link['theme'] = null;
  let cluster = false;
  for (const [key, value] of new URLSearchParams(query)) {
    const field = /^(?:pkt|twin)(\d*)\.(\w+)$/.exec(key);
    const number = /^\d{1,6}$/.test(value) ? Number(value) : null;
    if (field && isField(field[2] as string, value) && Number(field[1] || 1) >= 1 && Number(field[1] || 1) <= MOST_PACKETS)
      (key.startsWith('twin') ? waiting : fields).push({ packet: Number(field[1] || 1) - 1, field: field[2] as LinkField, text: value });
    else if (key === 'packets' && number && number <= MOST_PACKETS) packets = number;
    else if (key === 'twin' && (value === 'A' || value === 'B')) shown = value;
    else if (key === 'twins' && number && number <= MOST_PACKETS) twins = number;
    else if (key === 'at' && number) packet = number - 1;
    else if (key === 'caused' && CAUSED.test(value)) caused = value.split('.').map((place) => Number(place) - 1);
    else if (key === 'step' && number) step = number - 1;
    else if (key === 'sel' && readRulePlace(value)) rule = readRulePlace(value);
    else if (key === 'part' && number) part = number - 1;
    else if (key === 'alt' && (ALTITUDES as readonly string[]).includes(value)) altitude = value as Altitude;
    else if (key === 'stop' && breakpoints.length < MOST_BREAKPOINTS && 'text' in parseBreakpoint(value)) breakpoints.push(value);
    else if (key === 'lang' && (value === 'en' || value === 'zh')) language = value;
    else if (key === 'theme' && (value === 'light' || value === 'dark')) theme = value;
    else if (key === 'show' && value === 'cluster') cluster = true;
    else unknown.push(`${key}=${value}`);
  }
  // Where only the one that waits is told, it is B.
  const twin = shown !== null || twins !== null || waiting.length > 0 ? { shown: shown ?? 'A', fields: waiting, packets: twins } : null;
  return { source, fields, packets, twin, packet, caused, step, rule, altitude, part, breakpoints, language, theme, cluster, unknown };
}

function isField(name: string, text: string): boolean {
  return name === 'rest' ? readRest(text) !== null : (DRAFT_FIELDS as readonly string[]).includes(name);
}

/** What the builder does not show of a packet, of a JSON object. Whether it is right the engine says. */
function readRest(text: string): Partial<Packet> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? restOf({ rest: value as Packet }) : null;
  } catch {
    return null;
  }
}

/** `TABLE/CHAIN/NUMBER`, split at the first and the last slash: chain names may hold anything. */
export function readRulePlace(text: string): RulePlace | null {
  const [, table, chain, rule] = /^([^/]+)\/(.+)\/(\d{1,6})$/.exec(text) ?? [];
  return table && chain && rule ? { table, chain, rule: Number(rule) } : null;
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function readSource(path: string): Link['source'] | null {
  if (path === '/own') return { kind: 'own' };
  if (path.startsWith('/x/1.')) return { kind: 'packed', data: path.slice(5) };
  if (!path.startsWith('/s/')) return null;
  try {
    return { kind: 'example', id: decodeURIComponent(path.slice(3)) };
  } catch {
    return null;
  }
}

/** The packets of a scenario with a link's changes. */
export function packetsOf(link: Differences, base: readonly PacketDraft[]): readonly PacketDraft[] {
  const count = Math.max(1, link.packets ?? base.length);
  const drafts = Array.from({ length: count }, (_, i) => base[i] ?? base.at(-1) ?? draftOf(FIRST_PACKET));
  for (const { packet, field, text } of link.fields) {
    const draft = drafts[packet];
    if (!draft) continue;
    if (field !== 'rest') drafts[packet] = { ...draft, fields: { ...draft.fields, [field]: text } };
    else drafts[packet] = { ...draft, rest: { dst: draft.rest.dst, proto: draft.rest.proto, ...readRest(text) } };
  }
  return drafts;
}

/** What a link makes of a scenario with these packets, and where it leads in it. */
export function openingOf(
  link: Link,
  base: readonly PacketDraft[],
): {
  readonly document: Pick<Document, 'packets' | 'twin' | 'breakpoints'>;
  readonly place: Pick<Link, 'step' | 'rule' | 'part' | 'packet' | 'caused'>;
} {
  const { step, rule, part, packet, caused, breakpoints } = link;
  return {
    document: { packets: packetsOf(link, base), ...twinOf(link, base), ...(breakpoints.length > 0 && { breakpoints }) },
    place: { step, rule, part, packet, caused },
  };
}

/** The twin that waits, as part of a document: nothing where the link has none. */
function twinOf({ twin }: Link, base: readonly PacketDraft[]): Pick<Document, 'twin'> {
  return twin ? { twin: { shown: twin.shown, packets: packetsOf(twin, base) } } : {};
}

/** The fragment for what is on the page. */
export function writeLink(state: State): string {
  const { document, selection, settings, scenario } = state;
  const example = document.example === null ? undefined : scenario.opened[document.example];
  const query = new URLSearchParams();
  if (example) {
    writePackets(query, document.packets, example, 'pkt', 'packets');
    if (document.twin) {
      query.set('twin', document.twin.shown);
      writePackets(query, document.twin.packets, example, 'twin', 'twins');
    }
  }
  if (selection.packet > 0) query.set('at', String(selection.packet + 1));
  if (selection.caused.length > 0) query.set('caused', selection.caused.map((place) => place + 1).join('.'));
  if (state.answer.traces.length > 0) query.set('step', String(selection.step + 1));
  const place = lookedAt(state);
  if (place) query.set('sel', `${place.table}/${place.chain}/${place.rule}`);
  if (selection.altitude !== 'rule') query.set('alt', selection.altitude);
  if (selection.altitude === 'test' && selection.part > 0) query.set('part', String(selection.part + 1));
  if (example) for (const text of breakpointsOf(document)) query.append('stop', text);
  if (document.cluster && selection.clusterShown) query.set('show', 'cluster');
  query.set('lang', settings.language);
  // Colons and slashes may stand in a fragment; unescaped they keep addresses readable.
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2F', '/');
  const path = example ? `/s/${(document.example as string).split('/').map(encodeURIComponent).join('/')}` : '/own';
  return `#${path}?${text}`;
}

/** A rule that is looked at, in the chain of the step or in another. */
function lookedAt(state: State): RulePlace | null {
  const { looking, rule, step } = state.selection;
  if (looking?.kind === 'chain' && looking.rule !== null) return { table: looking.table, chain: looking.chain, rule: looking.rule };
  const here = shownTrace(state)?.steps[step];
  return rule !== null && here && 'chain' in here ? { table: here.table, chain: here.chain, rule } : null;
}

/** What a fragment says of the document: all but where one is in it. */
export function documentPart(fragment: string): string {
  const [path, query] = split(fragment, '?');
  const ofDocument = query.split('&').filter((pair) => /^(pkt\d*\.|packets=|twin\d*\.|twins?=|stop=)/.test(pair));
  return [path, ...ofDocument].join(' ');
}

/** As `writeLink`, with the person's own files in it: it opens anywhere. */
export async function linkOf(state: State): Promise<string> {
  const fragment = writeLink(state);
  return fragment.startsWith(OWN_WORK) ? fragment.replace(OWN_WORK, `#/x/1.${await packDocument(state.document)}`) : fragment;
}

function writePackets(query: URLSearchParams, packets: readonly PacketDraft[], example: OpenedExample, key: 'pkt' | 'twin', count: 'packets' | 'twins'): void {
  const base = example.packets.map(draftOf);
  if (packets.length !== base.length) query.set(count, String(packets.length));
  packets.forEach((draft, i) => {
    const like = base[i] ?? base.at(-1);
    const set = (field: LinkField, text: string): void => query.set(`${key}${i === 0 ? '' : i + 1}.${field}`, text);
    for (const field of DRAFT_FIELDS) if (draft.fields[field] !== like?.fields[field]) set(field, draft.fields[field]);
    const rest = restOf(draft);
    if (sortedJson(rest) !== sortedJson(like ? restOf(like) : {})) set('rest', JSON.stringify(rest));
  });
}

// --- Own files in a link ------------------------------------------------------------------------------------------

export async function packDocument(document: Document): Promise<string> {
  const bytes = await through(
    new TextEncoder().encode(
      JSON.stringify({
        files: document.files,
        ...(document.cluster && { cluster: true }),
        packets: document.packets,
        environment: document.environment,
        breakpoints: document.breakpoints,
        twin: document.twin,
        said: document.said,
      }),
    ),
    new CompressionStream('deflate-raw'),
  );
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Null if the text is no packed document. */
export async function unpackDocument(data: string): Promise<Document | null> {
  try {
    const binary = atob(data.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = await through(
      Uint8Array.from(binary, (character) => character.charCodeAt(0)),
      new DecompressionStream('deflate-raw'),
    );
    const document = readDocument(JSON.parse(new TextDecoder().decode(bytes)));
    return document && [document, document.twin].every((one) => !one || one.packets.length <= MOST_PACKED) ? document : null;
  } catch {
    return null;
  }
}

/** No link that is offered has more packets: it would be longer than LONGEST_LINK. The page draws each. */
const MOST_PACKED = 1000;
/** No document is larger, in bytes: a short text can be made to unpack without end. */
const LARGEST = 64 * 1024 * 1024;

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  let size = 0;
  const limit = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      size += chunk.length;
      if (size > LARGEST) controller.error(new Error(`larger than ${LARGEST} bytes`));
      else controller.enqueue(chunk);
    },
  });
  const piped = new Blob([bytes])
    .stream()
    .pipeThrough(stream as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>)
    .pipeThrough(limit);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDraft(draft: PacketDraft | null | undefined): boolean {
  return DRAFT_FIELDS.every((field) => typeof draft?.fields?.[field] === 'string') && isObject(draft?.rest);
}

function isTwin(twin: Document['twin']): boolean {
  return (twin?.shown === 'A' || twin?.shown === 'B') && Array.isArray(twin.packets) && twin.packets.length > 0 && twin.packets.every(isDraft);
}

/** A saved document, checked as far as the page relies on it; null if it is none. What packets and environment may hold is the engine's to say. */
export function readDocument(value: unknown): Document | null {
  const { files, cluster, packets, environment, breakpoints, twin, said } = (value ?? {}) as Partial<Document>;
  if (!Array.isArray(files) || !Array.isArray(packets) || files.length === 0 || packets.length === 0) return null;
  if (!files.every((file) => typeof file?.name === 'string' && typeof file?.text === 'string')) return null;
  if (!packets.every(isDraft) || !isObject(environment ?? {})) return null;
  const stops = Array.isArray(breakpoints) ? breakpoints.filter((text) => typeof text === 'string') : [];
  return {
    example: null,
    files,
    cluster: cluster === true,
    packets,
    environment: environment ?? {},
    ...(stops.length > 0 && { breakpoints: stops }),
    ...(isTwin(twin) && { twin }),
    ...(Array.isArray(said?.expect) && said.expect.every(isObject) && { said }),
  };
}
