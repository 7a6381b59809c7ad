/** What a scenario says as a trace does: how a walk ends, and which rule is meant. A reader of scenarios needs no more of a trace's shape. */

import { choice, text } from '../model/shape.ts';

export const ruleAddressShape = text(
  'Rule address: TABLE/CHAIN/NUMBER, `ip6:` before it for IPv6, `legacy:` or `nft:` before that when both back ends are there. A policy is number of rules + 1.',
);

const VERDICTS = ['forwarded', 'delivered', 'sent', 'dropped', 'rejected', 'lost', 'queued', 'stolen', 'unknown'] as const;
export const verdictShape = choice(VERDICTS, 'delivered: to the node; sent: by the node, left it; lost: by the stack, for `reason`; unknown: rests on what is not known.');
