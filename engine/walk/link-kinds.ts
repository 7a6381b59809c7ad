/**
 * What kind of link a packet comes in or leaves by, where that matters to rules: frames of a bond's members are the bond's, frames of
 * a switch's ports never get to the stack, a VRF takes its members' packets through PREROUTING once more, and tunnels wrap what
 * leaves by them. What is not walked of it is said, or leaves the end in doubt.
 *
 * Source: Linux 6.18 drivers/net/bonding/bond_main.c bond_handle_frame(); drivers/net/team/team_core.c team_handle_frame();
 * net/openvswitch/vport-netdev.c netdev_frame_hook(); drivers/net/vrf.c vrf_l3_rcv(), vrf_l3_out(); drivers/net/veth.c veth_xmit();
 * drivers/net/ipvlan/ipvlan_core.c ipvlan_process_outbound(). What VRF and ipvlan do was seen on 6.1 (test/emulated/README.md).
 */

import { FIELD } from '../model/field.ts';
import type { Interface } from '../model/route.ts';
import { PROTO } from '../net/protocol.ts';
import { addStep, type Walker } from './run.ts';
import { read } from './skb.ts';
import { lost, type Ended } from './stage.ts';
import { doubtFrames } from './unread-chain.ts';

/** IPv4 and IPv6 in IP. */
const IPIP = 4;
const IPV6_IN_IP = 41;

/** Kinds that wrap packets in ways that are not walked, and the protocol that comes in for them; null: another one. */
const WRAPPING: Readonly<Record<string, number | null>> = {
  ipip: IPIP,
  sit: IPV6_IN_IP,
  ip6tnl: IPV6_IN_IP,
  gre: PROTO.gre,
  gretap: PROTO.gre,
  ip6gre: PROTO.gre,
  ip6gretap: PROTO.gre,
  erspan: PROTO.gre,
  ip6erspan: PROTO.gre,
  vti: null,
  vti6: null,
  xfrm: null,
  wireguard: null,
  bareudp: null,
};

const deviceOf = ({ run }: Walker, name: string | null): Interface | undefined => run.world.network.interfaces.find((one) => one.name === name);

const isVrf = (device: Interface | undefined): boolean => device?.kind === 'vrf';
const isSwitch = (device: Interface | undefined): boolean => device?.kind === 'openvswitch' || device?.name === 'ovs-system';
const isBond = (device: Interface | undefined, member: Interface): boolean =>
  device !== undefined && (device.kind === 'bond' || device.kind === 'team' || member.flags.includes('SLAVE'));

/** A frame comes in by a device: who takes it? Null: it goes on. */
export function arrive(walker: Walker): Ended | null {
  const { skb, run } = walker;
  const device = deviceOf(walker, skb.device);
  doubtFrames(walker, 'INGRESS', [skb.device, skb.packet.physIn]);
  if (!device || skb.pass > 1) return null;
  if (device.flags.length > 0 && !device.up) return lost(walker, 'device down', `${device.name} is down and takes nothing in`);
  const master = deviceOf(walker, device.master);
  if (isBond(master, device)) {
    run.notes.add(`packet ${run.number}: ${device.name} is a member of ${device.master}, and what comes in by it comes in by ${device.master} to rules and routes`);
    skb.device = device.master;
    skb.packet = { ...skb.packet, in: device.master };
  } else if (isSwitch(master)) {
    run.doubts.add(`what comes in by ${device.name} goes to Open vSwitch, whose flows are not in the snapshot; what that gives to the node comes in by a device of its own`);
  } else if (isVrf(master) || isVrf(device)) {
    run.doubts.add(`${device.name} belongs to a VRF, whose second walk through PREROUTING is not modelled`);
  }
  return null;
}

/** It leaves by a device that does more than to put it on a wire. */
export function depart(walker: Walker, device: Interface, ofNode: boolean): void {
  const { run } = walker;
  if (ofNode && (isVrf(deviceOf(walker, device.master)) || isVrf(device)))
    run.doubts.add(`${device.name} belongs to a VRF, whose own walk through OUTPUT and POSTROUTING is not modelled`);
  if (device.kind !== null && Object.hasOwn(WRAPPING, device.kind)) {
    addStep(walker, { kind: 'encap', text: `${device.name}: what a device of the kind ${device.kind} makes of it is not modelled` });
    run.notes.add(`packet ${run.number}: what ${device.name} (${device.kind}) wraps around it goes through OUTPUT and POSTROUTING once more, which is not walked`);
  }
  if (device.kind === 'ipvlan')
    run.notes.add(`packet ${run.number}: in the modes l3 and l3s what leaves by ${device.name} (ipvlan) goes through OUTPUT and POSTROUTING once more, which is not walked`);
  const other = device.kind === 'veth' && device.link ? deviceOf(walker, device.link) : undefined;
  if (other) run.notes.add(`packet ${run.number}: the other end of ${device.name} is ${other.name} on this very node: what comes in there is not walked`);
}

/** It is delivered: a tunnel may take a packet out of it. */
export function noteInside(walker: Walker): void {
  const { skb, run } = walker;
  const proto = read(skb, FIELD.proto);
  const tunnel = run.world.network.interfaces.find(({ kind, up }) => up && kind !== null && Object.hasOwn(WRAPPING, kind) && WRAPPING[kind] === proto);
  if (tunnel) run.notes.add(`packet ${run.number}: what ${tunnel.name} (${tunnel.kind}) may take out of it is not walked`);
}
