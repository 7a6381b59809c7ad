/**
 * Chains of nft that iptables did not make, and tables that the snapshot lacks: their rules are not read, so what becomes of
 * a packet that comes to one is in doubt. What is decided before it gets there is not.
 *
 * Source: Linux 6.18 net/netfilter/nf_nat_core.c nf_nat_register_fn(), nf_nat_inet_fn(); net/core/dev.c nf_ingress().
 */

import { FIELD } from '../model/field.ts';
import type { Hook } from '../model/hook.ts';
import type { UnreadChain } from '../model/node.ts';
import { isIcmp } from '../net/protocol.ts';
import { isBound } from './nat.ts';
import type { Walker } from './run.ts';
import { read, type Skb } from './skb.ts';

/** At a hook of IP, up to what has this priority: chains that stand there and are not read. Of one place which comes first is not known. */
export function doubtChains(walker: Walker, hook: Hook, priority: number): void {
  const { node, program } = walker.run.world;
  if (!node.unreadChains) return;
  const { skb } = walker;
  for (const chain of node.unreadChains) {
    if (chain.hook !== null && chain.hook !== hook) continue;
    // Whatever their priority, chains for NAT are asked where the nat table is (nf_nat_register_fn()), those before it first.
    const at = chain.nat ? Math.min(chain.priority, NAT_PRIORITY[hook] ?? 0) : chain.priority;
    if (at > priority || !chain.families.includes(skb.family)) continue;
    if (chain.nat && program.requires[skb.family].has('conntrack') && !asksNat(skb, hook)) continue;
    walker.run.doubts.add(chain.reason);
  }
}

const NAT_PRIORITY: Readonly<Partial<Record<Hook, number>>> = { PREROUTING: -100, INPUT: 100, OUTPUT: -100, POSTROUTING: 100 };

/** nf_nat_inet_fn(): packets of known connections, and errors about them, go by what was decided. */
function asksNat(skb: Skb, hook: Hook): boolean {
  if (skb.ct === null || skb.ctInfo === 'ESTABLISHED' || isBound(skb, hook)) return false;
  return !(skb.ctInfo === 'RELATED' && isIcmp(skb.family, read(skb, FIELD.proto)));
}

/** Where frames come in by a device, or leave by one: chains of nft that stand there and are not read. */
export function doubtFrames(walker: Walker, hook: 'INGRESS' | 'EGRESS', devices: readonly (string | null)[]): void {
  const { node, network } = walker.run.world;
  const bridged = (chain: UnreadChain) => chain.hook === 'BRIDGE' && network.interfaces.some(({ name, kind }) => kind === 'bridge' && devices.includes(name));
  for (const chain of node.unreadChains ?? [])
    if (bridged(chain) || (chain.hook === hook && chain.devices.some((name) => devices.includes(name)))) walker.run.doubts.add(chain.reason);
}
