/**
 * The graph of the way through the stack: stages, and what may follow each; read by the walk and by the analyses. What
 * each stage does is in path.ts.
 */

import type { RuleAddress } from '../model/rule.ts';
import type { FateVerdict } from '../model/trace.ts';
import { addStep, type Walker } from './run.ts';

export const PATH = {
  receive: ['prerouting', 'bridge'],
  prerouting: ['routeInput', 'bridge'],
  routeInput: ['input', 'forward', 'bridge'],
  /** A bridge sends the frame on by another port: no route, and the rules of FORWARD and POSTROUTING if they are shown frames. */
  bridge: ['postrouting', 'output'],
  /** A request to a virtual server goes on to its real server. */
  input: ['deliver', 'output'],
  deliver: [],
  forward: ['postrouting', 'output'],
  send: ['output'],
  output: ['postrouting', 'output'],
  postrouting: ['transmit'],
  /** To lo the packet comes in again. Tunnel devices wrap it: the outer packet is one of the node, and walks after it from `send`. */
  transmit: ['prerouting', 'encapsulate'],
  encapsulate: [],
} as const;

export type Stage = keyof typeof PATH;

export interface Ending {
  readonly verdict: FateVerdict;
  readonly reason: string | null;
  readonly by: RuleAddress | null;
  readonly out: string | null;
}

/** What a stage says: the next one, of those that `PATH` allows after it, or how the walk ends. */
export type Next<S extends Stage = Stage> = { readonly stage: (typeof PATH)[S][number] } | Ended;
export type Ended = { readonly end: Ending };

/** What the stages remember of the way so far. */
export interface Journey {
  /** True once the packet has gone through FORWARD. */
  forwarded: boolean;
  /** The filter rule or policy that let it pass last. */
  by: RuleAddress | null;
}

/** On to a stage. */
export const go = <S extends Stage>(stage: S) => ({ stage });
/** The walk ends here. */
export const end = (verdict: FateVerdict, reason: string | null = null, by: RuleAddress | null = null, out: string | null = null): Ended => ({ end: { verdict, reason, by, out } });

/** The stack itself drops the packet, and says why. */
export function lost(walker: Walker, reason: string, text: string): Ended {
  addStep(walker, { kind: 'drop', reason, text });
  return end('lost', reason);
}
