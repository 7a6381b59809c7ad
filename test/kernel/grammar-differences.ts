/**
 * Where the engine is not to answer as the tool does, and why. A difference that is none of these fails the test.
 */

import type { Difference, RealBackend } from './grammar.ts';

interface KnownDifference {
  readonly backend?: RealBackend;
  readonly reason: string;
  holds(difference: Difference): boolean;
}

const skipsAll = ({ tool, engine }: Difference): boolean => tool.ok && tool.saved === '' && !engine.ok;

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason: 'the tool prints its help or its version, loads nothing and ends as if all was well; here it is an error',
    holds: (difference) => skipsAll(difference) && /(^|\s)"?(-\w*[hV]\w*|--(h|he|hel|help|v|ve|ver|vers|versi|versio|version))"?(\s|=|$)/.test(difference.rule.rule),
  },
  {
    backend: 'nft',
    reason: 'the target of a line for the other family is not looked up; here what stands before the mark is read',
    holds: (difference) => skipsAll(difference) && /(^|\s)"?-[46]"?(\s|$)/.test(difference.rule.rule) && /glued-value|unknown-target|missing-chain/.test(difference.engine.said),
  },
  {
    backend: 'legacy',
    reason: 'addresses are read at the end of a line, and a line for the other family ends before; here what stands before the mark is read',
    holds: (difference) => skipsAll(difference) && /(^|\s)"?-[46]"?(\s|$)/.test(difference.rule.rule) && /glued-value/.test(difference.engine.said),
  },
  {
    reason: 'the tool asks the kernel for a set while it reads a line, also one for the other family; here that is asked of the rules that there are',
    holds: ({ rule, tool, engine }) =>
      !tool.ok &&
      engine.ok &&
      engine.saved === '' &&
      /(^|\s)"?-[46]"?(\s|$)/.test(rule.rule) &&
      /^\S+ v\S+ \(\w+\): (Set \S+ doesn't exist|The protocol family of set)/.test(tool.said),
  },
  {
    reason: 'an open quote takes the end of the line too, and the saved line is broken in two, or the option takes no such text; here it is told and closed',
    holds: ({ rule, tool }) => (tool.ok || /newlines not allowed/i.test(tool.said)) && (rule.rule.replace(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 1,
  },
  {
    backend: 'nft',
    reason: 'two matches on ports in one rule are comparisons to nft, which the tool reads back as one match',
    holds: ({ tool, engine }) => tool.ok && engine.ok && (engine.saved?.match(/-m (tcp|udp)\b/g)?.length ?? 0) > 1,
  },
];

export function knownReason(difference: Difference, backend: RealBackend): string | null {
  return KNOWN_DIFFERENCES.find((known) => (known.backend ?? backend) === backend && known.holds(difference))?.reason ?? null;
}
