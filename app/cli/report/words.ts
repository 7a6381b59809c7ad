/** A trace's outcome in words: state and consequence, present tense. */

import { formatRuleAddress, type DecisiveStep, type Endpoint, type FieldChange, type TraceSummary } from '../../../engine/index.ts';

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export type Tone = 'accept' | 'drop' | 'rewrite' | 'unknown' | 'none';

export const GLYPH: Readonly<Record<Tone, string>> = { accept: '✓', drop: '✕', rewrite: '⇄', unknown: '?', none: '–' };

interface Sentence {
  readonly tone: Tone;
  readonly text: string;
}

/** `Not SNATed: leaves eth0 as 10.0.11.2`. */
export function verdictSentence(summary: TraceSummary): Sentence {
  const { verdict, reason } = summary;
  const by = summary.by ? ` by ${deciderText(summary)}` : summary.openlyDecided ? ' by a rule that cannot be told' : '';
  switch (verdict) {
    case 'forwarded':
    case 'sent':
      return leavingSentence(summary);
    case 'delivered': {
      const to = endpoint(summary.destination.to);
      if (summary.direction === 'reply') return { tone: 'accept', text: `Delivered: an answer, to the node as ${to}` };
      return summary.destination.changed ? { tone: 'rewrite', text: `DNATed: delivered to the node as ${to}` } : { tone: 'accept', text: `Delivered: to the node, ${to}` };
    }
    case 'dropped':
      return { tone: 'drop', text: `Dropped${by}${reason ? `: ${reason}` : ''}` };
    case 'rejected':
      return { tone: 'drop', text: `Rejected${by}${reason ? `: ${reason}` : ''}` };
    case 'lost':
      // The engine's name of this reason is a word for machines.
      return { tone: 'drop', text: `Lost: ${reason === 'nat' ? 'its addresses cannot be translated' : (reason ?? 'the stack drops it')}` };
    case 'queued':
      return { tone: 'unknown', text: `Queued${by}: a program decides` };
    case 'stolen':
      return { tone: 'unknown', text: `Stolen${by}${reason ? `: ${reason}` : ''}` };
    case 'unknown':
      return { tone: 'unknown', text: `Unknown${reason ? `: ${reason}` : ': it rests on what is not known'}` };
  }
}

/** `filter/FORWARD/3`, `the policy of filter/FORWARD`. */
function deciderText({ by, decisive }: TraceSummary): string {
  if (!by) return '';
  const address = formatRuleAddress(by);
  return decisive.some((step) => step.decides && step.kind === 'policy') ? `the policy of ${address.slice(0, address.lastIndexOf('/'))}` : address;
}

function leavingSentence({ verdict, source, destination, out, direction, natConsulted }: TraceSummary): Sentence {
  const device = out ?? 'the node';
  if (direction === 'reply') {
    const back = source.changed || destination.changed;
    return { tone: back ? 'rewrite' : 'accept', text: `${back ? 'Answer, translated back' : 'Answer'}: leaves ${device} as ${asTo(source.to, destination.to)}` };
  }
  if (source.changed && destination.changed) return { tone: 'rewrite', text: `DNATed and SNATed: leaves ${device} as ${asTo(source.to, destination.to)}` };
  if (source.changed) return { tone: 'rewrite', text: `SNATed: leaves ${device} as ${changedEndpoint(source)}` };
  if (destination.changed) return { tone: 'rewrite', text: `DNATed, not SNATed: leaves ${device} to ${endpoint(destination.to)}` };
  if (natConsulted) return { tone: 'none', text: `Not SNATed: leaves ${device} as ${source.to.address}` };
  return { tone: 'accept', text: `${verdict === 'sent' ? 'Sent' : 'Forwarded'}: leaves ${device} as ${source.to.address}` };
}

/** The port only where it is another one. */
function changedEndpoint({ from, to }: TraceSummary['source']): string {
  return from.port === to.port ? to.address : endpoint(to);
}

const asTo = (source: Endpoint, destination: Endpoint): string => `${endpoint(source)}${source.byChance ? ',' : ''} to ${endpoint(destination)}`;

/** A port that was drawn by chance is one of many: it is not said. */
export function endpoint({ address, port, byChance }: Endpoint): string {
  if (byChance) return `${address}, port by chance`;
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const HEX_FIELDS: ReadonlySet<string> = new Set(['mark', 'ctmark', 'tos', 'priority']);

/** `mark 0x0 → 0x4000`. */
export function changeText({ field, from, to }: FieldChange): string {
  return `${field} ${valueText(field, from)} → ${valueText(field, to)}`;
}

function valueText(field: string, value: string | number): string {
  return typeof value === 'number' && HEX_FIELDS.has(field) ? `0x${value.toString(16)}` : String(value);
}

/** What a decisive step did: its changes, else its target. */
export function decisiveText({ kind, effects, target, at }: DecisiveStep): string {
  if (kind === 'policy') return `policy ${target}`;
  if (effects.length > 0) return effects.map(changeText).join(', ');
  return target === 'RETURN' ? `RETURN from ${at.chain}` : (target ?? '');
}

/** Why a test did not hold: the engine's sentence, else what it needed and saw. */
export function missReason({ clause, wanted, saw, text }: { readonly clause: string; readonly wanted: string; readonly saw: string; readonly text: string }): string {
  if (text !== '') return clause === '' ? text : `${clause}: ${text}`;
  return `${clause}: needs ${wanted}, saw ${saw}`;
}
