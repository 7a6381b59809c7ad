/** A fate and its causes in words. */

import type { Cause, Fate } from '../../store/fate.ts';
import { endpoint, hex } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';

export const FATE_GLYPH: Readonly<Record<Fate['class'], string>> = { accept: '✓', drop: '✕', rewrite: '⇄', neutral: '–', unknown: '?' };

export interface FateText {
  readonly word: string;
  /** What follows from it; empty if the word says it all. */
  readonly rest: string;
}

export function fateText(fate: Fate, words: Words): FateText {
  const { word } = words.verdict;
  const v = words.verdict;
  switch (fate.verdict) {
    case 'forwarded':
    case 'sent': {
      const out = fate.out ?? '';
      const src = fate.snat && fate.src !== null ? endpoint(fate.src, fate.sport) : (fate.src ?? '');
      const dst = endpoint(fate.dst ?? '', fate.dport);
      if (fate.reply && (fate.snat || fate.dnat)) return { word: word.natUndone, rest: fate.dnat ? v.leavesTo({ out, dst }) : v.leavesAs({ out, src }) };
      if (fate.snat && fate.dnat) return { word: word.bothNated, rest: v.leavesAsTo({ out, src, dst }) };
      if (fate.snat) return { word: word.snated, rest: v.leavesAs({ out, src }) };
      if (fate.dnat) return { word: word.dnated, rest: v.leavesTo({ out, dst }) };
      if (fate.natAsked) return { word: word.notSnated, rest: v.leavesAs({ out, src }) };
      return { word: fate.verdict === 'sent' ? word.sent : word.forwarded, rest: v.leavesAs({ out, src }) };
    }
    case 'delivered':
      return { word: word.delivered, rest: fate.dnat && fate.dst !== null ? v.toNodeAs({ dst: endpoint(fate.dst, fate.dport) }) : v.toNode };
    case 'dropped':
    case 'rejected':
      return { word: word[fate.verdict], rest: fate.by ? v.by({ rule: fate.by }) : fate.reason ? v.reason({ reason: fate.reason }) : v.nothing };
    case 'lost':
      return { word: word.lost, rest: fate.reason ? v.reason({ reason: fate.reason }) : v.nothing };
    case 'queued':
      return { word: word.queued, rest: v.queued };
    case 'stolen':
      return { word: word.stolen, rest: v.stolen };
    case 'unknown':
      return { word: word.unknown, rest: v.unknowns({ count: fate.unknowns }) };
  }
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
      return text.mark({ value: hex(cause.value) });
    case 'rewrite':
      if (cause.by) return cause.manip === 'src' ? text.ruleSource({ ...cause.by, to: cause.to }) : text.ruleDestination({ ...cause.by, to: cause.to });
      return cause.manip === 'src' ? text.rewriteSource({ to: cause.to }) : text.rewriteDestination({ to: cause.to });
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
      return cause.text;
  }
}
