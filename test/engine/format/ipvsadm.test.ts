/** Virtual servers as ipvsadm prints them: what is read, and what is said of a line that cannot be. */

import { describe, expect, it } from 'vitest';
import { formatAddress, parseNode } from '../../../engine/index.ts';

const read = (...lines: string[]) => parseNode([{ name: 'node.snapshot', text: `==> ipvsadm -Sn <==\n${lines.join('\n')}\n` }]);

describe('ipvsadm -Sn', () => {
  it('is read: services by address and by mark, their real servers, weights and ways', () => {
    // As ipvsadm 1.31 printed them on Linux 6.1.
    const { virtualServers, problems } = read(
      '-A -t 10.96.0.50:80 -s rr -p 10800',
      '-a -t 10.96.0.50:80 -r 10.16.0.20:8080 -m -w 1',
      '-a -t 10.96.0.50:80 -r 10.16.0.30:8080 -g -w 0',
      '-A -u [fd96::50]:53 -s wlc -p 360 -M 64 -o',
      '-a -u [fd96::50]:53 -r [fd02::9]:53 -i -w 3 --tun-type ipip',
      '-A -f 7 -s sh -b sh-port',
      '-A -f 7 -6 -s sh',
    );
    expect(problems).toEqual([]);
    expect(
      virtualServers?.map(({ name, family, mark, scheduler, persistence, persistenceLength, onePacket, realServers }) => [
        name,
        family,
        mark,
        scheduler,
        persistence,
        persistenceLength,
        onePacket,
        ...realServers.map((one) => `${formatAddress(one.family, one.address)} ${one.port} ${one.method} ${one.weight}`),
      ]),
    ).toEqual([
      ['TCP 10.96.0.50:80', 'ipv4', null, 'rr', 10800, 32, false, '10.16.0.20 8080 masq 1', '10.16.0.30 8080 gate 0'],
      ['UDP [fd96::50]:53', 'ipv6', null, 'wlc', 360, 64, true, 'fd02::9 53 ipip 3'],
      ['FWM 7', 'ipv4', 7, 'sh', null, 32, false],
      ['FWM 7 IPv6', 'ipv6', 7, 'sh', null, 128, false],
    ]);
  });

  it('that is missing is not the same as none', () => {
    expect(parseNode([{ name: 'a', text: '==> iptables-save <==\n' }]).virtualServers).toBeNull();
    expect(read('').virtualServers).toEqual([]);
  });

  it('is recognised without a header', () => {
    const { virtualServers } = parseNode([{ name: 'servers', text: '-A -t 10.96.0.50:80 -s rr\n-a -t 10.96.0.50:80 -r 10.16.0.30:8080 -m -w 1\n' }]);
    expect(virtualServers).toHaveLength(1);
  });

  it.each([
    ['names instead of numbers', '-A -t web.example:http -s rr', 7, '"web.example:http" is not ADDRESS:PORT', 'run ipvsadm with -n: it prints numbers then'],
    ['a word that is no option but a property of every object', 'constructor', 1, '"constructor" is no option of ipvsadm', 'give what "ipvsadm -Sn" prints'],
    ['an option that it has not', '-A -t 10.96.0.50:80 --sheduler rr', 21, '"--sheduler" is no option of ipvsadm', 'did you mean --scheduler?'],
    ['a real server of no service', '-a -t 10.96.0.51:80 -r 10.16.0.30:80 -m -w 1', 1, 'there is no service TCP 10.96.0.51:80 above', 'its -A line comes first'],
    ['a service that is there', '-A -t 10.96.0.50:80 -s wlc', 1, 'TCP 10.96.0.50:80 is there already', 'leave one of them out'],
    [
      'the other family',
      '-a -t 10.96.0.50:80 -r [fd02::9]:80 -m -w 1',
      24,
      '"[fd02::9]:80" is of another family than its service',
      'only tunnels (-i) lead from one family to the other',
    ],
    ['no service at all', '-A -s rr', 1, 'no service is named', 'one of -t, -u, --sctp-service and -f'],
    ['neither', '-t 10.96.0.50:80', 1, 'a line is either -A (a service) or -a (a real server of one)', 'give what "ipvsadm -Sn" prints'],
  ])('%s: the place, what is wrong, and the way out', (_, line, column, message, hint) => {
    const { problems, virtualServers } = read('-A -t 10.96.0.50:80 -s rr', line);
    expect(problems).toMatchObject([{ severity: 'error', line: 3, column, message, hint }]);
    // What is readable is still there.
    expect(virtualServers).toHaveLength(1);
  });

  it('says what it does not take into account', () => {
    const { problems } = read('-A -t 10.96.0.50:80 -s rr --pe sip', '-a -t 10.96.0.50:80 -r 10.16.0.30:8080 -m -w 1 -x 100 -y 10');
    expect(problems.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 'a persistence engine (TCP 10.96.0.50:80) is not taken into account'],
      ['warning', 'a bound on connections (TCP 10.96.0.50:80) is not taken into account'],
    ]);
  });
});
