/**
 * Links: the fragment holds the scenario, what differs from it in the packets, the step and what is selected; readable
 * and writable by hand:
 *
 *     #/s/<scenario>?pkt.src=10.0.11.130&step=14&alt=hook&sel=nat/OVN-POSTROUTING/10
 *     #/x/1.<JSON, deflate-raw, base64url>?step=14      the person's own files, only made when asked for
 *     #/own?step=14                                     the person's own files, kept in this browser
 *
 * `pkt.` is the first packet, `pkt2.` the second…; `packets` is their number where it is not the scenario's; `at` picks
 * one. Steps and packets count from 1. Unknown keys are reported, not obeyed.
 */

import { draftOf, DRAFT_FIELDS, type DraftField, type PacketDraft } from '../store/draft.ts';
import { FIRST_PACKET, type Document } from '../store/document.ts';
import type { Altitude, RulePlace } from '../store/cursor.ts';
import type { OpenedExample, State } from '../store/state.ts';

export interface Link {
  readonly source: { readonly kind: 'example'; readonly id: string } | { readonly kind: 'own' } | { readonly kind: 'packed'; readonly data: string };
  /** Fields by packet, from 0. */
  readonly fields: readonly { readonly packet: number; readonly field: DraftField; readonly text: string }[];
  readonly packets: number | null;
  /** From 0. */
  readonly packet: number;
  /** From 0; null: the step that decides. */
  readonly step: number | null;
  /** Rule that is selected; without `step` its first step is gone to. */
  readonly rule: RulePlace | null;
  readonly altitude: Altitude;
  readonly language: 'en' | 'zh' | null;
  /** Keys and values that are not understood. */
  readonly unknown: readonly string[];
}

const MOST_PACKETS = 64;

/** Longest link that chat programs and browsers carry safely, in characters. */
export const LONGEST_LINK = 8000;

export function readLink(fragment: string): Link | null {
  const [path = '', query = ''] = split(fragment.replace(/^#/, ''), '?');
  const source = readSource(path);
  if (!source) return null;
  const fields: { packet: number; field: DraftField; text: string }[] = [];
  const unknown: string[] = [];
  let [packets, packet, step]: [number | null, number, number | null] = [null, 0, null];
  let rule: RulePlace | null = null;
  let altitude: Altitude = 'rule';
  let language: Link['language'] = null;
  for (const [key, value] of new URLSearchParams(query)) {
    const field = /^pkt(\d*)\.(\w+)$/.exec(key);
    const number = /^\d{1,6}$/.test(value) ? Number(value) : null;
    if (field && (DRAFT_FIELDS as readonly string[]).includes(field[2] as string) && Number(field[1] || 1) >= 1 && Number(field[1] || 1) <= MOST_PACKETS)
      fields.push({ packet: Number(field[1] || 1) - 1, field: field[2] as DraftField, text: value });
    else if (key === 'packets' && number && number <= MOST_PACKETS) packets = number;
    else if (key === 'at' && number) packet = number - 1;
    else if (key === 'step' && number) step = number - 1;
    else if (key === 'sel' && readRulePlace(value)) rule = readRulePlace(value);
    else if (key === 'alt' && (value === 'hook' || value === 'rule')) altitude = value;
    else if (key === 'lang' && (value === 'en' || value === 'zh')) language = value;
    else unknown.push(`${key}=${value}`);
  }
  return { source, fields, packets, packet, step, rule, altitude, language, unknown };
}

/** `TABLE/CHAIN/NUMBER`, split at the first and the last slash: chain names may hold anything. */
function readRulePlace(text: string): RulePlace | null {
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
export function packetsOf(link: Link, base: readonly PacketDraft[]): readonly PacketDraft[] {
  const count = Math.max(1, link.packets ?? base.length);
  const drafts = Array.from({ length: count }, (_, i) => base[i] ?? base.at(-1) ?? draftOf(FIRST_PACKET));
  for (const { packet, field, text } of link.fields) {
    const draft = drafts[packet];
    if (draft) drafts[packet] = { ...draft, fields: { ...draft.fields, [field]: text } };
  }
  return drafts;
}

/** The fragment for what is on the page. */
export function writeLink(state: State): string {
  const { document, selection, settings, scenario } = state;
  const example = document.example === null ? undefined : scenario.opened[document.example];
  const query = new URLSearchParams();
  if (example) writePackets(query, document, example);
  if (selection.packet > 0) query.set('at', String(selection.packet + 1));
  if (state.answer.traces.length > 0) query.set('step', String(selection.step + 1));
  const here = state.answer.traces[selection.packet]?.steps[selection.step];
  if (selection.rule !== null && here && 'chain' in here) query.set('sel', `${here.table}/${here.chain}/${selection.rule}`);
  if (selection.altitude !== 'rule') query.set('alt', selection.altitude);
  query.set('lang', settings.language);
  // Colons and slashes may stand in a fragment; unescaped they keep addresses readable.
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2F', '/');
  const path = example ? `/s/${(document.example as string).split('/').map(encodeURIComponent).join('/')}` : '/own';
  return `#${path}?${text}`;
}

function writePackets(query: URLSearchParams, document: Document, example: OpenedExample): void {
  const base = example.packets.map(draftOf);
  if (document.packets.length !== base.length) query.set('packets', String(document.packets.length));
  document.packets.forEach((draft, i) => {
    const like = base[i] ?? base.at(-1);
    for (const field of DRAFT_FIELDS) if (draft.fields[field] !== like?.fields[field]) query.set(`pkt${i === 0 ? '' : i + 1}.${field}`, draft.fields[field]);
  });
}

// --- Own files in a link ------------------------------------------------------------------------------------------

export async function packDocument(document: Document): Promise<string> {
  const bytes = await through(
    new TextEncoder().encode(JSON.stringify({ files: document.files, packets: document.packets, environment: document.environment })),
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
    return readDocument(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  const response = new Response(new Blob([bytes]).stream().pipeThrough(stream as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>));
  return new Uint8Array(await response.arrayBuffer());
}

/** A saved document, checked as far as the page relies on it; null if it is none. */
export function readDocument(value: unknown): Document | null {
  const { files, packets, environment } = (value ?? {}) as Partial<Document>;
  if (!Array.isArray(files) || !Array.isArray(packets) || files.length === 0 || packets.length === 0) return null;
  if (!files.every((file) => typeof file?.name === 'string' && typeof file?.text === 'string')) return null;
  if (!packets.every((draft) => DRAFT_FIELDS.every((field) => typeof draft?.fields?.[field] === 'string') && typeof draft?.rest === 'object')) return null;
  return { example: null, files, packets, environment: environment ?? {} };
}
