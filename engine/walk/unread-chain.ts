/**
 * Chains of nft that iptables did not make, and tables that the snapshot lacks: their rules are not read, so what becomes of
 * a packet that comes to one is in doubt. What is decided before it gets there is not.
 *
 * Source: Linux 6.18 net/netfilter/nf_nat_core.c nf_nat_register_fn(); net/core/dev.c nf_ingress().
 */

import type { Hook } from '../model/hook.ts';
import type { UnreadChain } from '../model/node.ts';
import { HOOK_FUNCTIONS } from './hooks.ts';
import { asksNat } from './nat.ts';
import type { Walker } from './run.ts';

/** At a hook of IP, up to what has this priority: chains that stand there and are not read. Of one place which comes first is not known. */
export function doubtChains(walker: Walker, hook: Hook, priority: number): void {
  const { node, program } = walker.run.world;
  if (!node.unreadChains) return;
  const { skb } = walker;
  for (const chain of node.unreadChains) {
    if (chain.hook !== null && chain.hook !== hook) continue;
    // Whatever their priority, chains for NAT are asked where the nat table is (nf_nat_register_fn()), those before it first.
    const at = chain.nat ? Math.min(chain.priority, natPriority(hook)) : chain.priority;
    if (at > priority || !chain.families.includes(skb.family)) continue;
    if (chain.nat && program.requires[skb.family].has('conntrack') && !asksNat(skb, hook)) continue;
    walker.run.doubts.add(chain.reason);
  }
}

const natPriority = (hook: Hook): number => HOOK_FUNCTIONS[hook].find(({ kind }) => kind === 'nat')?.priority ?? 0;

/** Where frames come in by a device, or leave by one: chains of nft that stand there and are not read. */
export function doubtFrames(walker: Walker, hook: 'INGRESS' | 'EGRESS', devices: readonly (string | null)[]): void {
  const { node, network } = walker.run.world;
  const bridged = (chain: UnreadChain) => chain.hook === 'BRIDGE' && network.interfaces.some(({ name, kind }) => kind === 'bridge' && devices.includes(name));
  for (const chain of node.unreadChains ?? [])
    if (bridged(chain) || (chain.hook === hook && chain.devices.some((name) => devices.includes(name)))) walker.run.doubts.add(chain.reason);
}
