/** Connections that a helper expects: FTP's data connections, active and passive, with their master translated and not. */

import type { TcpFlagName } from '../../../engine/model/field.ts';
import type { ExpectedConnection, Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { router, tables } from '../router.ts';

const hex = (text: string): string => [...text].map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');

interface Ends {
  readonly client: string;
  /** As the server sees the client, and the client the server. */
  readonly clientSeen?: string;
  readonly server: string;
  readonly serverSeen?: string;
}

/** A control connection up to the command of the client and the answer of the server; what they say is what the helper reads. */
export function control({ client, clientSeen = client, server, serverSeen = server }: Ends, sport: number, command: string, answer: string): Packet[] {
  const says = (from: 'client' | 'server', flags: readonly TcpFlagName[], seq: number, ack: number, text = ''): Packet => ({
    ...(from === 'client' ? { in: 'ra', src: client, dst: serverSeen, sport, dport: 21 } : { in: 'rb', src: server, dst: clientSeen, sport: 21, dport: sport }),
    proto: 'tcp',
    flags,
    seq,
    ack,
    ...(text === '' ? {} : { data: hex(text) }),
  });
  const [asked, told] = [command.length, answer.length];
  return [
    says('client', ['SYN'], 100, 0),
    says('server', ['SYN', 'ACK'], 500, 101),
    says('client', ['ACK'], 101, 501),
    // The helper reads from the first line on whose beginning it has seen.
    says('server', ['PSH', 'ACK'], 501, 101, '220 hi\r\n'),
    says('client', ['PSH', 'ACK'], 101, 509, 'USER a\r\n'),
    says('server', ['PSH', 'ACK'], 509, 109, '230 in\r\n'),
    says('client', ['PSH', 'ACK'], 109, 517, command),
    says('server', ['PSH', 'ACK'], 517, 109 + asked, answer),
    says('client', ['ACK'], 109 + asked, 517 + told),
  ];
}

const states = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'SNAT', 'DNAT'].map((state) => `-A FORWARD -m conntrack --ctstate ${state}`);
const rules = (nat: readonly string[], first: readonly string[] = []): string =>
  tables({
    raw: ['-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp', '-A PREROUTING -p tcp -m tcp --dport 5005 -j CT --helper ftp'],
    mangle: ['-A PREROUTING -p tcp -m tcp --dport 21 -j CONNMARK --set-mark 0x5', '-A PREROUTING -m connmark --mark 0x5'],
    nat,
    filter: [
      ...first,
      ...states,
      '-A FORWARD -m helper --helper ftp',
      '-A FORWARD -m helper --helper ftp-2121',
      '-A FORWARD -m helper --helper ""',
      '-A FORWARD -m helper --helper irc',
      '-A FORWARD -m helper ! --helper ftp',
      '-A FORWARD -m conntrack --ctstatus EXPECTED',
      '-A FORWARD -m conntrack --ctexpire 0:200',
    ],
  });

const active = (port: number): string => `PORT 10,1,0,2,${port >> 8},${port & 255}\r\n`;
export const passive = (address: string, port: number): string => `227 Entering Passive Mode (${address.replaceAll('.', ',')},${port >> 8},${port & 255})\r\n`;
const data = (sport: number, dport: number, flags: readonly TcpFlagName[] = ['SYN'], seq = 7, ack = 0) => ({ proto: 'tcp', sport, dport, flags, seq, ack }) as const;
const master = { src: '10.1.0.2', sport: 4000, dst: '10.2.0.2', dport: 21 } as const;

const expects = (one: Omit<ExpectedConnection, 'proto' | 'master'> & Partial<ExpectedConnection>): ExpectedConnection => ({ proto: 'tcp', master, ...one });

export const EXPECTATIONS: readonly KernelCase[] = [
  {
    name: 'expected-by-ftp',
    node: router({ iptables: rules(['-A POSTROUTING -o ra -p tcp -m tcp --dport 5001 -j SNAT --to-source 10.1.0.9']) }),
    options: { expectations: [expects({ src: '10.2.0.2', dst: '10.1.0.2', dport: 5001 })] },
    sends: [
      ...control({ client: '10.1.0.2', server: '10.2.0.2' }, 4000, active(5001), '200 fine\r\n'),
      // Its master is not translated, so it goes through the nat table itself.
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...data(20, 5001) },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...data(20, 5001) },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.9', ...data(5001, 20, ['SYN', 'ACK'], 90, 8) },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...data(20, 5001, ['ACK'], 8, 91) },
      // It was expected once.
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...data(21, 5001) },
      // A segment of the control connection is no packet of an expected one.
      { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', ...data(4000, 21, ['ACK'], 131, 527) },
    ],
  },
  {
    name: 'expected-once-even-if-dropped',
    node: router({ iptables: rules([], ['-A FORWARD -p tcp -m tcp --sport 19 -j DROP']) }),
    options: { expectations: [expects({ src: '10.2.0.2', dst: '10.1.0.2', dport: 5001 })] },
    sends: [
      ...control({ client: '10.1.0.2', server: '10.2.0.2' }, 4000, active(5001), '200 fine\r\n'),
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.3', ...data(20, 5001) },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...data(19, 5001) },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...data(20, 5001) },
    ],
  },
  {
    name: 'expected-follows-snat',
    node: router({
      iptables: rules([
        '-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100',
        '-A PREROUTING -i rb -p tcp -m tcp --dport 5001 -j DNAT --to-destination 10.1.0.77',
        '-A POSTROUTING -o ra -p tcp -j SNAT --to-source 10.1.0.9',
      ]),
    }),
    options: { expectations: [expects({ src: '10.2.0.2', dst: '10.2.0.100', dport: 5001 })] },
    sends: [
      // As the helper writes it into the command.
      ...control({ client: '10.1.0.2', clientSeen: '10.2.0.100', server: '10.2.0.2' }, 4000, active(5001), '200 fine\r\n').slice(0, 7),
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...data(20, 5001) },
      { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', ...data(5001, 20, ['SYN', 'ACK'], 90, 8) },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...data(20, 5001, ['ACK'], 8, 91) },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...data(21, 5001) },
    ],
  },
  {
    name: 'expected-follows-dnat',
    node: router({ iptables: rules(['-A PREROUTING -i ra -d 10.1.0.1/32 -p tcp -m tcp --dport 21 -j DNAT --to-destination 10.2.0.2', '-A POSTROUTING -o rb -j MASQUERADE']) }),
    options: { expectations: [expects({ src: '10.1.0.2', dst: '10.1.0.1', dport: 5005, master: { ...master, dst: '10.1.0.1' } })] },
    sends: [
      ...control({ client: '10.1.0.2', clientSeen: '10.2.0.1', server: '10.2.0.2', serverSeen: '10.1.0.1' }, 4000, 'PASV\r\n', passive('10.2.0.2', 5005)).slice(0, 8),
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', ...data(6000, 5005) },
      { replyTo: 8 },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', ...data(6000, 5005, ['ACK'], 8, 5001) },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', ...data(6001, 5005) },
    ],
  },
];
