/** `ss -Hltunp` read: lines as iproute2 prints them of sockets that python3 made (walk/listed-sockets/record.py), and lines that are none. */

import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../engine/index.ts';

const listed = (lines: string, header = 'ss -Hltunp') => parseNode([{ name: 'node.snapshot', text: `==> ${header} <==\n${lines}\n` }]);
const words = (lines: string, header?: string) =>
  listed(lines, header).sockets?.map(
    ({ proto, address, device, port, listening }) => `${proto} ${address}${device === null ? '' : `%${device}`} ${port}${listening ? '' : ' idle'}`,
  );

describe('what a line says', () => {
  test.each([
    ['tcp LISTEN 0      128              0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=28760,fd=3),("systemd",pid=1,fd=9)) ', ['tcp 0.0.0.0 22']],
    ['udp UNCONN 0      0               10.1.0.1:1002 0.0.0.0:* users:(("a b (c) \\"d",pid=28760,fd=21))', ['udp 10.1.0.1 1002']],
    ['udp UNCONN 0      0             0.0.0.0%ra:1003 0.0.0.0:*', ['udp 0.0.0.0%ra 1003']],
    ['udp UNCONN 213120 0      127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=585,fd=16))', ['udp 127.0.0.53%lo 53']],
    // A star is a socket of both families, a pair of brackets one of IPv6 alone.
    ['tcp LISTEN 0      5                      *:1005       *:* ', ['tcp 0.0.0.0 1005', 'tcp :: 1005']],
    ['tcp LISTEN 0      5                   *%rb:1009       *:*', ['tcp 0.0.0.0%rb 1009', 'tcp ::%rb 1009']],
    ['tcp LISTEN 0      5                   [::]:1006    [::]:*', ['tcp :: 1006']],
    ['udp UNCONN 0      0                [::]%ra:1013    [::]:*', ['udp ::%ra 1013']],
    ['tcp LISTEN 0      5           [fe80::1]%ra:1010    [::]:*', ['tcp fe80::1%ra 1010']],
    ['tcp LISTEN 0      5      [::ffff:10.1.0.1]:1008       *:*', ['tcp 10.1.0.1 1008']],
    ['tcp LISTEN 0      5       [::ffff:0.0.0.0]:1016       *:*', ['tcp 0.0.0.0 1016']],
    // Without room before the processes, with what `-e` adds, and with the header.
    ['tcp    LISTEN     0      128    *:80    *:*users:(("nginx",pid=1,fd=6))', ['tcp 0.0.0.0 80', 'tcp :: 80']],
    ['tcp LISTEN 0 5 127.0.0.1:631 0.0.0.0:* uid:7 ino:4086255 sk:100a cgroup:/system.slice/cups.service <->', ['tcp 127.0.0.1 631']],
    ['Netid State  Recv-Q Send-Q     Local Address:Port Peer Address:PortProcess\nudp   UNCONN 0      0                0.0.0.0:68      0.0.0.0:*', ['udp 0.0.0.0 68']],
    // Four processes share a port.
    ['tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*\n'.repeat(4), ['tcp 0.0.0.0 80']],
    ['tcp UNCONN 0 0 0.0.0.0:81 0.0.0.0:*', ['tcp 0.0.0.0 81 idle']],
  ])('%s', (lines, sockets) => {
    expect(words(lines)).toEqual(sockets);
    expect(listed(lines).problems).toEqual([]);
    expect(listed(lines).notes).toEqual([]);
  });

  test('without the column of protocols, where one was asked for', () => {
    expect(words('LISTEN 0      5               10.1.0.1:1002 0.0.0.0:*', 'ss -Htln')).toEqual(['tcp 10.1.0.1 1002']);
    expect(words('UNCONN 0      0               10.1.0.1:1002 0.0.0.0:*', '/usr/bin/ss -Huln')).toEqual(['udp 10.1.0.1 1002']);
  });
  test('sockets of the machine itself and of other protocols are passed over', () => {
    const lines = `nl    UNCONN 0      0                      rtnl:kernel                  *
u_str LISTEN 0      4096    /run/systemd/private 1234          * 0
p_raw UNCONN 0      0                         *:eth0                  *
icmp6 UNCONN 0      0                      *%eth0:ipv6-icmp               *:*
???   UNCONN 0      0                         *:0                  *
tcp   LISTEN 0      128                 0.0.0.0:22           0.0.0.0:*
\t skmem:(r0,rb131072,t0)`;
    expect(words(lines, 'ss -Hlanp')).toEqual(['tcp 0.0.0.0 22']);
    expect(listed(lines, 'ss -Hlanp').problems).toEqual([]);
  });
  test('those that are connected are said to be left out', () => {
    const node = listed('tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\ntcp ESTAB 0 0 10.1.0.1:22 10.1.0.2:50000\ntcp TIME-WAIT 0 0 10.1.0.1:22 10.1.0.2:50001', 'ss -Htunap');
    expect(node.sockets).toHaveLength(1);
    expect(node.notes).toEqual(['sockets that are connected are kept and not read: "remote" of environment.sockets says whom a packet is for']);
  });
});

describe('a line that is none', () => {
  test.each([
    'tcp LISTEN 0 128 0.0.0.0:ssh 0.0.0.0:*',
    'tcp LISTEN 0 128 0.0.0.0:99999 0.0.0.0:*',
    'tcp LISTEN 0 128 999.0.0.0:22 0.0.0.0:*',
    'tcp LISTEN 0 128 [fd00::1::2]:22 [::]:*',
    'tcp LISTEN 0 128 :::22 :::*',
    'tcp LISTEN 0 128 0.0.0.0:22',
    'Cannot open netlink socket: Protocol not supported',
    'tcp LISTEN',
  ])('%s', (line) => {
    const node = listed(`udp UNCONN 0 0 0.0.0.0:68 0.0.0.0:*\n${line}\ntcp LISTEN 0 128 0.0.0.0:23 0.0.0.0:*`);
    expect(node.problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'bad-value',
        section: 'ss',
        line: 3,
        column: 1,
        message: `"${line}" is no socket with its address and port in numbers`,
        hint: 'take the lines as "ss -Hltunp" prints them',
      }),
    ]);
    expect(node.unread).toEqual([{ part: 'socket', section: 'ss', line: 3, text: line }]);
    expect(node.sockets?.map(({ port }) => port)).toEqual([68, 23]);
  });
});

test('a file of such lines is known by what it says, and no section is no list', () => {
  for (const text of [
    'tcp   LISTEN 0      128    0.0.0.0:22   0.0.0.0:*\n',
    'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\nudp UNCONN 0 0 0.0.0.0:68 0.0.0.0:*\n',
    'LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n',
  ]) {
    const node = parseNode([{ name: 'sockets.txt', text }]);
    expect(node.problems).toEqual([]);
    expect(node.sockets).toHaveLength(1);
  }
  expect(listed('').sockets).toBeUndefined();
  expect(parseNode([{ name: 'rules', text: '*filter\nCOMMIT\n' }]).sockets).toBeUndefined();
});
