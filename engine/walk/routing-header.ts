/**
 * The routing header of a packet that is for the node: what it asks of it, behind INPUT.
 *
 * Source: Linux 6.18 net/ipv6/exthdrs.c, ipv6_rthdr_rcv(), ipv6_srh_rcv(), ipv6_rpl_srh_rcv(). Not modelled: a node that is a segment
 * of the list, and mobility (type 2).
 */

import { FIELD, PACKET_TYPE } from '../model/field.ts';
import { emitIcmpError } from './emit.ts';
import { addStep, type Walker } from './run.ts';
import { read } from './skb.ts';

/** Number of the header. */
export const ROUTING = 43;
/** Types that a device takes only where it is told so, and by which setting of it. */
const SETTINGS: Readonly<Record<number, string>> = { 3: 'rpl_seg_enabled', 4: 'seg6_enabled' };
const MOBILITY = 2;

/**
 * Why the packet goes no further, with a step that says more; null: it does.
 * @param data the header behind its length, as hexadecimal digits; null: not said
 */
export function refusedByRouting(walker: Walker, data: string | null): string | null {
  const { skb, run } = walker;
  const refused = (reason: string, text: string): string => {
    addStep(walker, { kind: 'drop', reason, text });
    return reason;
  };
  if (read(skb, FIELD.dst) >>> 24 === 0xff || read(skb, FIELD.packetType) !== PACKET_TYPE.unicast)
    return refused('not for this host', 'a packet with a routing header is for one host');
  if (data === null) {
    run.doubts.add('what the routing header holds is not said, and so not what the node makes of it');
    return null;
  }
  const [type = 0, left = 0] = [0, 2].map((at) => Number.parseInt(data.slice(at, at + 2), 16));
  const setting = SETTINGS[type];
  if (setting !== undefined && ![skb.device ?? 'lo', 'all'].every((name) => (run.world.settings.sysctl(`net.ipv6.conf.${name}.${setting}`) ?? '0') !== '0'))
    return refused('routing header', `the routing header is of type ${type}, which net.ipv6.conf.${skb.device ?? 'lo'}.${setting} does not allow`);
  if (setting !== undefined || type === MOBILITY) {
    run.doubts.add(`what the node makes of a routing header of type ${type} is not modelled`);
    return null;
  }
  if (left === 0) return null;
  return refused('routing header', `the routing header of type ${type} has ${left} segments left, and nobody here knows the type; ${emitIcmpError(walker, 'icmp-error', 4, 0)}`);
}
