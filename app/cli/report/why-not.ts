/** Why something did not happen, as lines of text: the wish as it is typed, and what became of each rule that could have brought it about. */

import { closest, formatRuleAddress, parseRuleAddress, whyNot, type Candidate, type RuleAddress, type Step, type Trace, type Wish, type World } from '../../../engine/index.ts';
import { Refusal } from '../command.ts';
import { count, missReason } from './words.ts';

const OUTCOMES = ['snat', 'dnat', 'accept', 'drop', 'reject', 'tproxy'] as const;

/** As `--why-not` takes it. */
export const WISHES = `${OUTCOMES.join('|')}|MARK/MASK|TABLE/CHAIN/N`;

/** Refuses what is none, and a rule that the node does not have. */
export function readWish(text: string, world: World): Wish {
  const outcome = OUTCOMES.find((one) => one === text.toLowerCase());
  if (outcome) return { kind: outcome };
  const mark = /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(text);
  if (mark) {
    const [value, mask] = [Number(mark[1]), Number(mark[2] ?? mark[1])];
    if (value > 0xffffffff || mask > 0xffffffff) throw new Refusal(`--why-not: a mark has 32 bits, "${text}" has more`);
    return { kind: 'mark', value, mask };
  }
  const at = parseRuleAddress(text);
  if (at) return { kind: 'rule', at: known(at, text, world) };
  const near = closest(text.toLowerCase(), OUTCOMES);
  throw new Refusal(`--why-not: no outcome "${text}"`, { hint: near ? `did you mean "${near}"?` : `write one of ${WISHES}` });
}

function known(at: RuleAddress, text: string, { program }: World): RuleAddress {
  const tables = program.chains.filter(({ family, backend, table }) => family === at.family && backend === at.backend && table === at.table);
  const chain = tables.find(({ name }) => name === at.chain);
  if (chain && at.number >= 1 && at.number <= chain.count) return at;
  const missing = `--why-not: the node has no rule "${text}"`;
  if (chain) throw new Refusal(missing, { hint: chain.count === 0 ? `chain ${at.chain} has no rules` : `chain ${at.chain} has rules 1 to ${chain.count}` });
  const near = closest(
    at.chain,
    tables.map(({ name }) => name),
  );
  throw new Refusal(missing, { hint: near ? `did you mean chain ${near}?` : tables.length > 0 ? `table ${at.table} has no chain ${at.chain}` : `it has no table ${at.table}` });
}

export function wishText(wish: Wish): string {
  if (wish.kind === 'mark') return `mark 0x${wish.value.toString(16)}/0x${wish.mask.toString(16)}`;
  return wish.kind === 'rule' ? formatRuleAddress(wish.at) : wish.kind.toUpperCase();
}

interface WhyNotLine {
  /** Jumps that did not lead into a chain stand below its rule. */
  readonly depth: number;
  /** Null for a line that is not about a rule. */
  readonly at: RuleAddress | null;
  readonly holds: 'yes' | 'no' | 'unknown';
  readonly text: string;
}

/** Jumps told of a chain that nothing led into. */
const MOST_JUMPS = 6;

export function whyNotLines(world: World, trace: Trace, wish: Wish): readonly WhyNotLine[] {
  const { candidates, more } = whyNot(world, trace, wish);
  if (candidates.length === 0) {
    const family = trace.steps[0]?.family ?? 'ipv4';
    const text =
      wish.kind === 'rule' && wish.at.family !== family ? `it is asked for ${wish.at.family === 'ipv6' ? 'IPv6' : 'IPv4'} alone` : 'no rule of this node could have done it';
    return [{ depth: 0, at: null, holds: 'no', text }];
  }
  const lines = candidates.flatMap((candidate) => candidateLines(candidate, trace, 0));
  return more > 0 ? [...lines, { depth: 0, at: null, holds: 'no', text: `and ${count(more, 'other rule')}` }] : lines;
}

function candidateLines({ at, target, reason }: Candidate, trace: Trace, depth: number): readonly WhyNotLine[] {
  const line = (text: string, holds: WhyNotLine['holds'] = 'no'): WhyNotLine => ({ depth, at, holds, text });
  switch (reason.kind) {
    case 'matched':
      return [line(`it did: ${target ?? 'the rule'} matched`, 'yes')];
    case 'unknown':
      return [line(`cannot be decided${reason.reading ? `: ${missReason(reason.reading)}` : ''}`, 'unknown')];
    case 'missed': {
      const held = reason.held === 0 ? '' : `${count(reason.held, 'test')} held, then `;
      return [line(`did not match: ${held}${reason.reading ? missReason(reason.reading) : ''}`)];
    }
    case 'left-before':
      return [line(`not reached: left before it, by ${leaver(trace.steps[reason.step])}`)];
    case 'nat-not-asked':
      return [
        line(
          reason.step === null || reason.state === 'UNTRACKED' || reason.state === 'INVALID'
            ? 'not asked: conntrack does not follow the packet, so the nat table does not see it'
            : `not asked: ${reason.state}, and the nat table sees only the first packet of a connection`,
        ),
      ];
    case 'hook-not-passed':
      return [line(`not asked: the packet does not pass ${reason.hook}`)];
    case 'unused-chain':
      return [line(`not asked: no rule leads into ${at.chain}`)];
    case 'not-entered': {
      const { jumps } = reason;
      const rest = jumps.length - MOST_JUMPS;
      return [
        line(`not reached: nothing led into ${at.chain}`),
        ...jumps.slice(0, MOST_JUMPS).flatMap((jump) => candidateLines(jump, trace, depth + 1)),
        ...(rest > 0 ? [{ depth: depth + 1, at: null, holds: 'no' as const, text: `and ${count(rest, 'other jump')}` }] : []),
      ];
    }
  }
}

function leaver(step: Step | undefined): string {
  if (step?.kind === 'rule') return `${formatRuleAddress(step.at)} ${step.target ?? ''}`.trim();
  if (step?.kind === 'policy') return `the policy of ${step.at.chain}, ${step.verdict}`;
  return step && 'at' in step ? `the end of ${step.at.chain}` : (step?.kind ?? 'the end of the walk');
}
