/** A fate and its causes in words. */

import type { Cause, Fate } from '../../store/fate.ts';
import { endpoint, hex } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';

export const FATE_GLYPH: Readonly<Record<Fate['class'], string>> = { accept: '✓', drop: '✕', rewrite: '⇄', neutral: '–', unknown: '?' };

interface FateText {
  readonly word: string;
  /** What follows from it; empty if the word says it all. */
  readonly rest: string;
}

export function fateText(fate: Fate, words: Words): FateText {
  const v = words.verdict;
  const { word } = v;
  switch (fate.verdict) {
    case 'forwarded':
    case 'sent':
      return leavingText(fate, words);
    case 'delivered': {
      if (fate.tproxy !== null) return { word: word.tproxy, rest: v.givenToProxy({ on: fate.tproxy }) };
      const at = fate.dnat && fate.dst !== null ? portOf(fate.dst, fate.dport, fate.drawn.dport, words) : null;
      return { word: word.delivered, rest: at === null ? v.toNode : v.toNodeAs({ dst: at }) };
    }
    case 'dropped':
      return {
        word: word.dropped,
        rest: fate.policyOf !== null ? v.byPolicy({ chain: fate.policyOf }) : (decider(fate, words) ?? (fate.reason ? reasonText(fate.reason, words) : v.nothing)),
      };
    case 'rejected':
      return { word: word.rejected, rest: fate.answer !== null ? v.answers({ answer: fate.answer }) : (decider(fate, words) ?? v.nothing) };
    case 'lost': {
      const reason = fate.reason === null ? v.nothing : reasonText(fate.reason, words);
      return { word: word.lost, rest: fate.answer === null ? reason : v.reasonAnswered({ reason, answer: fate.answer }) };
    }
    case 'queued':
      return { word: word.queued, rest: v.queued };
    case 'stolen':
      return { word: word.stolen, rest: v.stolen };
    case 'unknown':
      // No rule is in doubt, but whether there are more.
      return { word: word.unknown, rest: fate.unknowns === 0 && fate.reason !== null ? reasonText(fate.reason, words) : v.unknowns({ count: fate.unknowns }) };
  }
}

const decider = ({ by, openlyDecided }: Fate, { verdict }: Words): string | null => (by ? verdict.by({ rule: by }) : openlyDecided ? verdict.byUntold : null);

/** An end with its port; of one that was drawn by chance no number. */
const portOf = (address: string | null, port: number | null, drawn: boolean, { verdict }: Words): string =>
  drawn ? verdict.byChance({ address: address ?? '' }) : endpoint(address ?? '', port);

function leavingText(fate: Fate, words: Words): FateText {
  const v = words.verdict;
  const { word } = v;
  const { ipvs, snat, dnat } = fate;
  const out = fate.out ?? '';
  const as = v.leavesAs({ out, src: portOf(fate.src, fate.sport, fate.drawn.sport, words) });
  const to = v.leavesTo({ out, dst: portOf(fate.dst, fate.dport, fate.drawn.dport, words) });
  if (fate.reply && (snat || dnat || ipvs?.kind === 'answer')) return { word: word.natUndone, rest: dnat ? to : as };
  if (ipvs?.kind === 'request') return { word: snat ? word.ipvsSnated : word.ipvs, rest: ipvs.to === null ? v.toSomeServer({ out }) : v.toServer({ server: ipvs.to }) };
  if (snat) return dnat ? { word: word.bothNated, rest: to } : { word: word.snated, rest: as };
  if (dnat) return { word: word.dnated, rest: to };
  if (fate.made) return { word: word.sent, rest: v.leavesTo({ out, dst: fate.dst ?? '' }) };
  const rest = fate.wrapped === null ? v.leavesAs({ out, src: fate.src ?? '' }) : v.leavesWrapped({ out, to: fate.wrapped });
  return { word: fate.natAsked ? word.notSnated : fate.verdict === 'sent' ? word.sent : word.forwarded, rest };
}

/** The engine's reason in words of the page; one that has none of its own as the engine says it. */
function reasonText(reason: string, words: Words): string {
  return (words.verdict.reasons as Readonly<Record<string, string>>)[reason] ?? words.engine({ text: reason });
}

/** The whole of it as one text: `Not SNATed: leaves eth0 as 10.0.11.2`. */
export function fateSentence(fate: Fate, words: Words): string {
  const { word, rest } = fateText(fate, words);
  return rest === '' ? word : words.verdict.sentence({ word, rest });
}

export function causeText(cause: Cause, words: Words): string {
  const { cause: text } = words.verdict;
  switch (cause.kind) {
    case 'mark':
      return text.mark({ ...cause, value: hex(cause.value) });
    case 'rewrite': {
      const to = cause.byChance === undefined ? cause.to : words.verdict.byChance({ address: cause.byChance });
      if (cause.by) return cause.manip === 'src' ? text.ruleSource({ ...cause.by, to }) : text.ruleDestination({ ...cause.by, to });
      return cause.manip === 'src' ? text.rewriteSource({ to }) : text.rewriteDestination({ to });
    }
    case 'ipvs':
      if (cause.to === null) return text.ipvs;
      return cause.for === 'request' ? text.ipvsServer({ to: cause.to }) : text.ipvsAnswer({ to: cause.to });
    case 'tproxy':
      return text.tproxy(cause);
    case 'wrapped':
      return text.wrapped(cause);
    case 'lost':
      return text.lost({ reason: reasonText(cause.reason, words) });
    case 'route':
      return text.route(cause);
    case 'rule':
      return text.rule(cause);
    case 'policy':
      return text.policy(cause);
    case 'no-rewrite':
      return text.noRewrite;
    case 'known-connection':
      return text.knownConnection(cause);
    case 'not-tracked':
      return text.notTracked(cause);
    case 'unknown':
      return text.unknown(cause);
    case 'stack':
      return words.engine({ text: cause.text });
  }
}

/** What a cause cannot do without, a part of `causeText`: what was done, without where. All of it where no part says enough. */
export function causeCore(cause: Cause, words: Words): string {
  switch (cause.kind) {
    case 'mark':
      return `mark ${hex(cause.value)}`;
    case 'rule':
      return cause.target;
    case 'tproxy':
      return 'TPROXY';
    case 'rewrite':
      return cause.by?.target ?? causeText(cause, words);
    default:
      return causeText(cause, words);
  }
}
