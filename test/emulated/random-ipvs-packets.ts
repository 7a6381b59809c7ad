/** Random packets to virtual services: requests, answers, endings, repetitions, complaints, strangers. */

import type { Packet } from '../../engine/model/packet.ts';
import type { Sending } from '../kernel/node.ts';
import { allHosts, allOwn, DEVICES } from '../kernel/random-vocabulary.ts';
import type { Random } from '../kernel/random.ts';
import { CLIENT_PORTS, F6, OTHER_PORTS, SERVER_PORTS, SERVICE_MARKS, type Service } from './random-ipvs-vocabulary.ts';

/** Packets that came before and may be answered, repeated, complained about. */
interface Before {
  readonly index: number;
  readonly packet: Packet;
  readonly service: Service | null;
}

export function randomSends(random: Random, services: readonly Service[], count: number): Sending[] {
  const sends: Sending[] = [];
  const before: Before[] = [];
  while (sends.length < count) {
    const earlier = before.length > 0 ? random.pick(before.slice(-4)) : null;
    const kind = earlier
      ? random.weighted([
          [6, 'new'],
          [5, 'reply'],
          [2, 'again'],
          [3, 'ack'],
          [2, 'end'],
          [1, 'error'],
          [1, 'errorFromClient'],
          [2, 'localAnswer'],
          [1, 'stray'],
        ] as const)
      : 'new';
    const index = sends.length;
    if (kind === 'new' || !earlier) {
      const service = random.pick(services);
      const packet = newPacket(random, service);
      before.push({ index, packet, service });
      sends.push({ packet });
      continue;
    }
    const { packet, service } = earlier;
    const next = (flags: Packet['flags']): Partial<Packet> => (packet.proto === 'tcp' ? { flags: flags ?? [], seq: 1, ack: 5001 } : {});
    if (kind === 'reply') {
      const flags = random.weighted([
        [6, null],
        [1, ['RST', 'ACK']],
        [1, ['FIN', 'ACK']],
        [1, ['ACK']],
      ] as const);
      sends.push({ replyTo: earlier.index, ...(flags && packet.proto === 'tcp' ? { overrides: { flags, seq: 5001 } } : {}) });
    } else if (kind === 'again') sends.push({ packet });
    else if (kind === 'ack') sends.push({ packet: { ...packet, ...next(['ACK']), payload: random.pick([0, 5]) } });
    else if (kind === 'end') sends.push({ packet: { ...packet, ...next(random.pick([['FIN', 'ACK'], ['RST'], ['RST', 'ACK'], []] as const)) } });
    else if ((kind === 'error' || kind === 'errorFromClient') && packet.payload !== undefined) continue;
    else if (kind === 'error') sends.push({ errorFor: earlier.index, ...randomError(random, packet) });
    else if (kind === 'errorFromClient') {
      const { family } = service ?? (services[0] as Service);
      const v6 = family === F6;
      if (packet.dport === undefined) continue;
      const { in: _, mark: __, ...quoted } = packet;
      // The client complains about an answer from the virtual address.
      const inner: Packet = {
        ...quoted,
        src: packet.dst,
        dst: (packet.src ?? packet.dst) as string,
        sport: packet.dport as number,
        dport: packet.sport as number,
        ...next(['ACK']),
      };
      sends.push({
        packet: {
          in: packet.in ?? null,
          ...(packet.src === undefined ? {} : { src: packet.src }),
          dst: packet.dst,
          proto: v6 ? 'icmpv6' : 'icmp',
          icmpType: v6 ? random.pick([1, 3]) : random.pick([3, 3, 11, 12]),
          icmpCode: v6 ? 0 : 1,
          inner,
          ...(random.chance(0.1) ? { badChecksum: true } : {}),
        },
      });
    } else {
      // What a real server sends of itself: an answer to the client's address, or by chance something like it.
      const server = service?.servers.find((one) => one.isLocal === (kind === 'localAnswer')) ?? service?.servers[0];
      if (!server || packet.src === undefined || packet.dport === undefined) continue;
      const port = server.port || (packet.dport as number);
      const device = server.isLocal ? null : deviceOf(service as Service, server.address);
      sends.push({
        packet: {
          in: device,
          src: server.address,
          dst: packet.src,
          proto: packet.proto,
          sport: port,
          dport: packet.sport as number,
          ...(packet.proto === 'tcp' ? { flags: random.pick([['SYN', 'ACK'], ['ACK'], ['RST', 'ACK'], ['FIN', 'ACK']] as const), seq: 5000, ack: 1 } : {}),
        },
      });
    }
  }
  return sends;
}

/** Unreachable, or what a router on the way may say: too big, time exceeded, a bad parameter. */
function randomError(random: Random, { dst }: Packet): { readonly code: number; readonly overrides?: Partial<Packet> } {
  if (random.chance(0.6)) return { code: random.pick([0, 1, 3]) };
  const icmpType = dst.includes(':') ? random.pick([2, 3, 4]) : random.pick([11, 12]);
  return { code: 0, overrides: { icmpType, icmpCode: 0 } };
}

function deviceOf({ family }: Service, host: string): string {
  return DEVICES.find((device) => family.hosts[device]?.includes(host)) ?? 'rb';
}

function newPacket(random: Random, service: Service): Packet {
  const { family } = service;
  const proto: string = random.chance(0.05) ? (family === F6 ? 'icmpv6' : 'icmp') : (service.proto ?? random.pick(['tcp', 'udp']));
  const isPing = proto.startsWith('icmp');
  const from = random.weighted([
    [6, 'wire'],
    [4, 'node'],
  ] as const);
  const device = random.pick(DEVICES);
  const own = allOwn(family);
  const dst = random.weighted([
    [12, service.address],
    [1, random.pick(own)],
    [1, random.pick(allHosts(family))],
    [1, from === 'node' ? family.loopback : service.address],
  ]);
  const src =
    from === 'wire'
      ? random.weighted([
          [12, random.pick(family.hosts[device] ?? [])],
          [1, random.pick(family.remote)],
        ])
      : random.weighted([
          [2, undefined],
          [3, random.pick(own)],
          [2, service.address],
          [1, family.loopback],
        ]);
  const dport = random.weighted<number>([
    [10, service.port],
    [1, random.pick(OTHER_PORTS)],
    [1, random.pick(SERVER_PORTS)],
  ]);
  return {
    in: from === 'wire' ? device : null,
    ...(src === undefined ? {} : { src }),
    dst,
    proto,
    ...(isPing ? { icmpId: 7 } : { sport: random.pick(CLIENT_PORTS), dport }),
    ...(proto === 'tcp'
      ? {
          flags: random.weighted([
            [12, ['SYN']],
            [1, ['ACK']],
            [1, ['SYN', 'ACK']],
            [1, ['RST']],
          ] as const),
        }
      : {}),
    ...(random.chance(0.15) ? { ttl: random.pick([1, 2]) } : {}),
    // What is too big for rb cannot come in by it.
    ...(random.chance(0.08) && device !== 'rb' && dst === service.address ? { payload: 1400, df: random.chance(0.7) } : {}),
    ...(from === 'node' && random.chance(0.4) ? { mark: random.pick([...SERVICE_MARKS, 0x4000]) } : {}),
    ...(random.chance(0.03) ? { badChecksum: true } : {}),
  };
}
