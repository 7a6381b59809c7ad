/**
 * The messages between an embed and the page around it: `{packetwalk: {v: 1, type, id?, …}}`. What is not of this shape
 * or of an unknown type is somebody else's and is left alone.
 *
 * Before the host has said `hello` only `ready` and `resize` leave, and they say nothing of the content. Text of rules
 * leaves on `getState` alone.
 */

const VERSION = 1;

/** Where `step` goes: a number from 1, a way, or an end. */
type StepTo = number | '+1' | '-1' | 'change' | 'end';

export type Incoming = { readonly id?: string | number } & (
  | { readonly type: 'hello' }
  | { readonly type: 'setTheme'; readonly theme: 'auto' | 'light' | 'dark' }
  | { readonly type: 'setLang'; readonly lang: 'en' | 'zh' }
  /** Another scenario, by its id or by a link `#/s/…`. */
  | { readonly type: 'load'; readonly scenario: string }
  | { readonly type: 'step'; readonly to: StepTo }
  | { readonly type: 'play' }
  | { readonly type: 'pause' }
  /** Fields of one packet, from 1: `{src: '10.0.11.130'}`. */
  | { readonly type: 'setPacket'; readonly packet: number; readonly fields: Readonly<Record<string, string>> }
  /** A rule, `nat/OVN-POSTROUTING/10`. */
  | { readonly type: 'highlight'; readonly rule: string }
  | { readonly type: 'getState' }
  | { readonly type: 'exportSvg' }
);

export type Outgoing = { readonly id?: string | number } & (
  | { readonly type: 'ready' }
  | { readonly type: 'resize'; readonly height: number; readonly width: number }
  | { readonly type: 'step'; readonly step: number; readonly count: number; readonly hook: string; readonly rule: string | null }
  | { readonly type: 'verdict'; readonly verdict: string; readonly class: string; readonly text: string }
  | { readonly type: 'select'; readonly rule: string | null }
  | { readonly type: 'state'; readonly [key: string]: unknown }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'openFull'; readonly link: string }
);

/** Distributes over the union, so that each message keeps its own fields. */
export type Unsigned<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Envelope<T> {
  readonly packetwalk: T & { readonly v: typeof VERSION };
}

export function envelope(message: Outgoing | Incoming): Envelope<Outgoing | Incoming> {
  return { packetwalk: { v: VERSION, ...message } };
}

/** `stranger`: none of ours; a text: ours, but it cannot be obeyed, and why. */
export function readIncoming(data: unknown): Incoming | 'stranger' | { readonly wrong: string; readonly id?: string | number } {
  const inner = typeof data === 'object' && data !== null ? (data as { packetwalk?: unknown }).packetwalk : undefined;
  if (typeof inner !== 'object' || inner === null) return 'stranger';
  const given = inner as Record<string, unknown>;
  if (given.v !== VERSION || typeof given.type !== 'string') return 'stranger';
  const id = typeof given.id === 'string' || typeof given.id === 'number' ? { id: given.id } : {};
  const wrong = (what: string): { readonly wrong: string } => ({ ...id, wrong: what });
  switch (given.type) {
    case 'hello':
    case 'play':
    case 'pause':
    case 'getState':
    case 'exportSvg':
      return { ...id, type: given.type };
    case 'setTheme':
      return given.theme === 'auto' || given.theme === 'light' || given.theme === 'dark' ? { ...id, type: 'setTheme', theme: given.theme } : wrong('theme is auto, light or dark');
    case 'setLang':
      return given.lang === 'en' || given.lang === 'zh' ? { ...id, type: 'setLang', lang: given.lang } : wrong('lang is en or zh');
    case 'load':
      return typeof given.scenario === 'string' && given.scenario !== ''
        ? { ...id, type: 'load', scenario: given.scenario }
        : wrong('scenario is the id of a scenario or a link #/s/…');
    case 'step': {
      const { to } = given;
      if (to === '+1' || to === '-1' || to === 'change' || to === 'end') return { ...id, type: 'step', to };
      return typeof to === 'number' && Number.isInteger(to) && to >= 1 ? { ...id, type: 'step', to } : wrong('to is a number from 1, "+1", "-1", "change" or "end"');
    }
    case 'setPacket': {
      const { packet = 1, fields } = given;
      const whole = typeof packet === 'number' && Number.isInteger(packet) && packet >= 1;
      if (!whole || typeof fields !== 'object' || fields === null) return wrong('fields is an object such as {"src": "10.0.11.130"}, packet a number from 1');
      const texts = Object.entries(fields).map(([name, value]) => [name, String(value)] as const);
      return { ...id, type: 'setPacket', packet, fields: Object.fromEntries(texts) };
    }
    case 'highlight':
      return typeof given.rule === 'string' ? { ...id, type: 'highlight', rule: given.rule } : wrong('rule is TABLE/CHAIN/NUMBER');
    default:
      return 'stranger';
  }
}
