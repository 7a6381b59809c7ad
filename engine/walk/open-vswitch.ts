/**
 * Open vSwitch as far as OVN's tables tell what it does: a packet that leaves the stack by one of its devices for an
 * address on another node goes there in a tunnel. Only the outer packet meets the node's rules, and it has the mark that
 * the packet had when it left.
 *
 * Source: Linux 6.18 net/openvswitch/vport-internal_dev.c internal_dev_xmit(), actions.c, vport.c ovs_vport_send(): the skb
 * goes on to the tunnel's device, whose driver (geneve_xmit(), vxlan_xmit()) sends it as any external device does. Mark, hooks,
 * devices, source and route by mark were seen on 6.1 with a datapath of one flow (test/emulated/README.md). The first packet of
 * a flow goes through user space and comes back with its mark, not its socket (datapath.c ovs_packet_cmd_execute()). Defaults
 * are those of Open vSwitch's tunnel ports (ovs-vswitchd.conf.db(5), "Tunnel Options": TTL 64, DF set, ECN copied) and of OVN
 * (ovn-architecture(7), "Tunnel Encapsulations": Geneve with one option of 8 bytes). Not modelled: logical flows, so access
 * lists, policies and load balancers of OVN; STT.
 */

import { FIELD } from '../model/field.ts';
import type { Overlay, OverlayEncap } from '../model/overlay.ts';
import type { Interface } from '../model/route.ts';
import { formatAddress } from '../net/address.ts';
import type { Walker } from './run.ts';
import { read, readWords, unknownBits } from './skb.ts';
import { localPorts, send, unwrapped, withEcn, type NoEnvelope } from './tunnel.ts';

/** Ports of RFC 8926 and RFC 7348, where the table Encap names none. */
const PORTS: Readonly<Record<string, number>> = { geneve: 6081, vxlan: 4789 };
/** Option of class 0x0102 with the logical ports, beyond the header of 8 bytes. */
const OPTIONS: Readonly<Record<string, number>> = { geneve: 8, vxlan: 0 };
/** OVN's order of preference (controller/encaps.c, preferred_encap()). */
const PREFERRED = ['geneve', 'stt', 'vxlan'];

/** The device takes the packet into the switch. The reason if it is lost in there. */
export function switchPacket(walker: Walker, device: Interface): string | null {
  const { skb, run } = walker;
  const found = whereTo(walker, run.world.node.overlay ?? null);
  if ('text' in found) return unwrapped(walker, device.name, found);
  const { encap, node } = found;
  const standard = PORTS[encap.type];
  if (standard === undefined) return unwrapped(walker, device.name, { lost: null, text: `how Open vSwitch wraps it for ${node} by ${encap.type} is not modelled` });
  const port = encap.port ?? standard;
  run.notes.add(
    'what OVN does to a packet between its device and the tunnel (access lists, policies, load balancers) is not in the snapshot: it is taken to reach the node of its destination',
  );
  if (unknownBits(skb, FIELD.dst) !== 0) run.doubts.add('where Open vSwitch sends it depends on the destination, which is not known here');
  return send(
    walker,
    vportOf(walker, encap.type, port),
    {
      kind: encap.type,
      remote: encap.ip,
      local: null,
      link: null,
      port,
      sourcePorts: encap.type === 'geneve' ? [1, 65535] : localPorts(run.world.network.sysctl('net.ipv4.ip_local_port_range')),
      ttl: 64,
      tos: withEcn(0, read(skb, FIELD.tos)),
      df: true,
      ethernet: true,
      options: OPTIONS[encap.type] ?? 0,
      id: null,
    },
    { via: `${device.name}: Open vSwitch sends it to ${node}; `, keepsSocket: false },
  );
}

/** The kernel's device of the tunnel port: as the snapshot has it, else as Open vSwitch names it (dpif-netlink). */
function vportOf({ run }: Walker, kind: string, port: number): string {
  const listed = run.world.network.interfaces.find((device) => device.kind === kind && device.tunnel?.external && device.tunnel.port === port);
  return listed?.name ?? `${kind === 'geneve' ? 'genev' : kind}_sys_${port}`;
}

function whereTo({ skb, run }: Walker, overlay: Overlay | null): { readonly encap: OverlayEncap; readonly node: string } | NoEnvelope {
  const nothing = (text: string, note?: 'once' | 'none'): NoEnvelope => ({ lost: null, text, ...(note ? { note } : {}) });
  if (!overlay) return nothing('what Open vSwitch does with a packet is not known: the snapshot has none of OVN\'s tables ("packetwalk snapshot" says which)', 'once');
  const dst = formatAddress(skb.family, readWords(skb, FIELD.dst));
  const ports = overlay.ports.get(dst) ?? [];
  if (ports.length === 0) return nothing(`what Open vSwitch does with it is not known: no Port_Binding has ${dst}`);
  const homes = new Set(ports.map(({ chassis }) => chassis));
  if (homes.size > 1) return nothing(`${dst} is on several networks of the overlay (${ports.map(({ name }) => name).join(', ')}): which one is meant is not known`);
  const [{ name, chassis }] = ports as [(typeof ports)[number]];
  if (chassis === null) return nothing(`${name}, which has ${dst}, is on no node`);
  const there = overlay.chassis.get(chassis);
  if (!there) return nothing(`the node of ${name} is not in the table Chassis`);
  const isOwn = ({ ip }: OverlayEncap): boolean => run.world.routing.isLocal(ip.family, ip.words);
  const here = [...overlay.chassis.values()].find(({ encaps }) => encaps.some(isOwn));
  const label = there.hostname || there.name;
  if (there === here) return nothing(`Open vSwitch gives it to ${name} (${dst}) on this node: nothing leaves`, 'none');
  const ends = (type: string): readonly OverlayEncap[] => there.encaps.filter((encap) => encap.type === type);
  const spoken = PREFERRED.find((type) => ends(type).length > 0 && (!here || here.encaps.some((own) => own.type === type)));
  const [encap, ...others] = spoken === undefined ? [] : ends(spoken);
  if (!encap) return nothing(`no tunnel to ${label}: the table Encap has none that both nodes speak`);
  // There is a tunnel to each (chassis_tunnel_add()); the port's own column "encap" may choose, which is not read.
  if (others.length > 0) return nothing(`${label} has ${others.length + 1} tunnel ends for ${spoken}: which one Open vSwitch takes is not known`);
  return { encap, node: label };
}
