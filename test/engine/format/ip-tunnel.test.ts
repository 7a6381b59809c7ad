/** Tunnel devices and routes as iproute2 6.1 printed them on Linux 6.18. */

import { expect, test } from 'vitest';
import { parseNode } from '../../../engine/index.ts';
import { formatPrefix } from '../../../engine/net/address.ts';

const link = (kind: string, data: object) =>
  `==> ip -d -j link <==\n${JSON.stringify([{ ifindex: 4, ifname: 'tun', flags: ['UP'], mtu: 1400, linkinfo: { info_kind: kind, info_data: data } }])}\n`;
const tunnelOf = (kind: string, data: object) => parseNode([{ name: 'node', text: link(kind, data) }]).interfaces?.[0]?.tunnel;

test('"inherit" shows as a missing TTL and a TOS of 1', () => {
  const told = tunnelOf('vxlan', {
    id: 5,
    remote: '192.0.2.2',
    local: '192.0.2.1',
    link: 'dum0',
    port_range: { low: 100, high: 200 },
    port: 4789,
    learning: true,
    tos: '0x1',
    df: 'inherit',
    udp_csum: true,
  });
  expect(told).toMatchObject({
    id: 5,
    local: [0xc0000201],
    link: 'dum0',
    port: 4789,
    sourcePorts: [100, 200],
    ttl: 'inherit',
    tos: 'inherit',
    df: 'inherit',
    external: false,
    unmodelled: [],
  });
  expect(told?.remote).toEqual({ family: 'ipv4', words: [0xc0000202] });
});

test('a device without a far end, an external one, and one with settings of its own', () => {
  expect(tunnelOf('vxlan', { id: 8, port_range: { low: 0, high: 0 }, port: 4793, ttl: 0, df: 'unset' })).toMatchObject({ remote: null, sourcePorts: null, ttl: 0, tos: 0 });
  expect(tunnelOf('geneve', { external: true, id: 0, ttl: 0, df: 'unset', port: 6081 })).toMatchObject({ id: null, external: true });
  expect(tunnelOf('vxlan', { id: 7, remote6: 'fd00::2', port: 4792, ttl: 0, gbp: true })).toMatchObject({ remote: { family: 'ipv6' }, unmodelled: ['gbp'] });
});

test('what is no tunnel, or does not say how it is set up, is none', () => {
  expect(tunnelOf('bridge', { port: 1 })).toBeUndefined();
  expect(tunnelOf('vxlan', {})).toBeUndefined();
});

test("an encapsulation's addresses are told from the route's, which ip prints under the same names", () => {
  const printed =
    '[{"dst":"10.77.0.0/16","encap":"ip","id":7,"src":"0.0.0.0","dst":"192.0.2.9","ttl":64,"tos":4,"dev":"v3","scope":"link","flags":[]},{"dst":"10.78.0.0/16","dev":"eth0","prefsrc":"192.0.2.1","flags":[]}]';
  const printed6 = '[{"dst":"fd77::/64","encap":"ip6","id":7,"src":"fd00::1","dst":"fd00::9","hoplimit":64,"tc":8,"dev":"v3","metric":1024,"flags":[],"pref":"medium"}]';
  const { routes, problems } = parseNode([{ name: 'node', text: `==> ip -j route show table all <==\n${printed}\n==> ip -j -6 route show table all <==\n${printed6}\n` }]);
  expect(problems).toEqual([]);
  expect(routes?.map(({ destination, tos, nexthops }) => [formatPrefix(destination), tos, nexthops[0]?.dev])).toEqual([
    ['10.77.0.0/16', 0, 'v3'],
    ['10.78.0.0/16', 0, 'eth0'],
    ['fd77::/64', 0, 'v3'],
  ]);
  expect(routes?.map(({ nexthops }) => nexthops[0]?.encap)).toEqual([
    { id: 7, dst: { family: 'ipv4', words: [0xc0000209] }, src: null, ttl: 64, tos: 4 },
    undefined,
    { id: 7, dst: { family: 'ipv6', words: [0xfd000000, 0, 0, 9] }, src: [0xfd000000, 0, 0, 1], ttl: 64, tos: 8 },
  ]);
});
