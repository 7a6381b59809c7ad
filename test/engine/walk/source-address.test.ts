/** Which own address the kernel selects. Cases marked "kernel" were seen on Linux 6.18; the others follow RFC 6724 section 10 and the kernel's rules. */

import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress, type Words } from '../../../engine/net/address.ts';
import { redirectAddress, selectAddress, selectIpv6Source } from '../../../engine/walk/source-address.ts';
import type { Interface } from '../../../engine/model/route.ts';

const words = (text: string) => parseAddress(text)?.words ?? [];
/** `10.0.0.1/24`, with `link`, `host` or `secondary` after a blank. */
function device(index: number, name: string, addresses: readonly string[], rest: Partial<Interface> = {}): Interface {
  return {
    index,
    name,
    mtu: 1500,
    up: true,
    flags: ['UP'],
    mac: null,
    master: null,
    linkType: 'ether',
    kind: 'veth',
    addresses: addresses.map((text) => {
      const [prefix = '', ...more] = text.split(' ');
      const [address = '', length = ''] = prefix.split('/');
      return {
        family: address.includes(':') ? 'ipv6' : 'ipv4',
        local: words(address),
        prefixLength: Number(length),
        broadcast: null,
        scope: more.find((word) => word === 'link' || word === 'host') ?? 'global',
        secondary: more.includes('secondary'),
      };
    }),
    ...rest,
  };
}
const lo = device(1, 'lo', ['127.0.0.1/8 host', '::1/128 host'], { linkType: 'loopback' });
const show = (address: Words | null) => address && formatAddress(address.length === 1 ? 'ipv4' : 'ipv6', address);

describe('IPv4', () => {
  const rb = device(3, 'rb', ['10.2.0.1/24', '10.2.0.77/24 secondary', '172.16.5.1/24']);
  const node = [lo, device(2, 'ra', ['10.1.0.1/24']), rb];
  const pick = (interfaces: Interface[], dev: string, nextHop: string | null, scope = 'global') =>
    show(selectAddress(interfaces, dev, nextHop === null ? null : words(nextHop), scope));
  test("the address in the next hop's subnet (kernel: via 172.16.5.9)", () => expect(pick(node, 'rb', '172.16.5.9')).toBe('172.16.5.1'));
  test('the first primary for a foreign next hop (kernel)', () => expect(pick(node, 'rb', '8.8.8.8')).toBe('10.2.0.1'));
  test('a secondary address is never taken', () => expect(pick([device(3, 'rb', ['10.2.0.77/24 secondary', '172.16.5.1/24'])], 'rb', '10.2.0.9')).toBe('172.16.5.1'));
  test('an address of narrower scope is not taken for a wider one', () => {
    const own = device(3, 'rb', ['169.254.3.1/16 link', '10.2.0.1/24']);
    expect(pick([own], 'rb', '169.254.3.9')).toBe('10.2.0.1');
    expect(pick([own], 'rb', '169.254.3.9', 'link')).toBe('169.254.3.1');
  });
  test("no address: the first of another device, by index, and lo's own only if it is global (kernel)", () => {
    const bare = device(9, 'tun0', []);
    expect(pick([bare, device(5, 'rb', ['10.2.0.1/24']), device(4, 'ra', ['169.254.1.1/16 link', '10.1.0.1/24']), lo], 'tun0', '10.9.9.9')).toBe('10.1.0.1');
    expect(pick([bare, device(4, 'ra', ['10.1.0.1/24']), device(1, 'lo', ['127.0.0.1/8 host', '192.0.2.1/32'])], 'tun0', null)).toBe('192.0.2.1');
    expect(pick([bare, lo], 'tun0', null)).toBeNull();
  });
  test('a VRF keeps to itself', () => {
    const vrf = device(7, 'blue', ['10.7.0.1/32'], { kind: 'vrf' });
    const inside = device(8, 'rc', [], { master: 'blue' });
    expect(pick([...node, vrf, inside], 'rc', null)).toBe('10.7.0.1');
    expect(pick([device(2, 'tun0', []), vrf], 'tun0', null)).toBeNull();
  });
  test('REDIRECT takes the first address of the in-device', () => {
    expect(show(redirectAddress(node, 'rb', 'ipv4', words('8.8.8.8')))).toBe('10.2.0.1');
    expect(redirectAddress([device(2, 'ra', [])], 'ra', 'ipv4', words('8.8.8.8'))).toBeNull();
  });
});

describe('IPv6', () => {
  const pick = (interfaces: Interface[], dev: string | null, destination: string) => show(selectIpv6Source(interfaces, dev, words(destination)));
  const node = [lo, device(2, 'ra', ['fd01::1/64', 'fe80::a/64 link']), device(3, 'rb', ['2001:db8::9/64', 'fd02::1/64', 'fe80::b/64 link'])];
  test('the scope of the destination', () => {
    expect(pick(node, 'rb', 'fe80::99')).toBe('fe80::b');
    expect(pick(node, 'rb', 'ff02::1')).toBe('fe80::b');
    expect(pick([device(3, 'rb', ['fe80::b/64 link', 'fd02::1/64'])], 'rb', '2001:db8:1::1')).toBe('fd02::1');
  });
  test('the label: unique local to unique local, global to global', () => {
    expect(pick(node, 'rb', 'fd55::1')).toBe('fd02::1');
    expect(pick(node, 'rb', '2607::1')).toBe('2001:db8::9');
  });
  test('the out-device before a better label', () => expect(pick([node[1] as Interface, device(3, 'rb', ['2001:db8::9/64'])], 'rb', 'fd01::55')).toBe('2001:db8::9'));
  test('another device if the out-device has nothing of the scope', () => expect(pick([...node, device(4, 'rc', ['fe80::c/64 link'])], 'rc', '2607::1')).toBe('2001:db8::9'));
  test('the longest common prefix, no longer than the subnet', () => {
    expect(pick([device(2, 'ra', ['fd02:1::1/64', 'fd02:2::1/64'])], 'ra', 'fd02:2::2')).toBe('fd02:2::1');
    expect(pick([device(2, 'ra', ['fd02::1/64', 'fd02::5/64'])], 'ra', 'fd02::4')).toBe('fd02::1');
  });
  test('a temporary address only where the device prefers such, whatever fits better behind (kernel)', () => {
    const stable = device(2, 'ra', ['2001:db8:5::1/64']).addresses;
    const temporary = device(2, 'ra', ['2001:db8:5:0:6947:50ce:5142:3926/64']).addresses.map((one) => ({ ...one, temporary: true as const }));
    const ra = device(2, 'ra', ['fd02::1/64']);
    const node = (rest: Partial<Interface>) => [{ ...ra, addresses: [...temporary, ...ra.addresses, ...stable], ...rest }];
    expect(pick(node({}), 'ra', '2001:db8:5:0:6947::1')).toBe('2001:db8:5::1');
    expect(pick(node({ prefersTemporary: true }), 'ra', '2001:db8:5::9')).toBe('2001:db8:5:0:6947:50ce:5142:3926');
    expect(pick(node({ prefersTemporary: true }), 'ra', 'fec0::7')).toBe('2001:db8:5:0:6947:50ce:5142:3926');
    // The label goes before.
    expect(pick(node({ prefersTemporary: true }), 'ra', 'fd09::1')).toBe('fd02::1');
  });
  test('an optimistic address where there is no other (RFC 4429)', () => {
    const both = [...device(2, 'ra', ['fd02::5/64']).addresses.map((one) => ({ ...one, optimistic: true as const })), ...device(2, 'ra', ['fd02:1::1/64']).addresses];
    expect(pick([device(2, 'ra', [], { addresses: both })], 'ra', 'fd02::9')).toBe('fd02:1::1');
    expect(pick([device(2, 'ra', [], { addresses: both.slice(0, 1) })], 'ra', 'fd02::9')).toBe('fd02::5');
  });
  test('of the device alone, where it says so (kernel)', () =>
    expect(pick([...node, device(4, 'rc', ['fe80::c/64 link'], { ownSourcesOnly: true })], 'rc', '2607::1')).toBe('fe80::c'));
  test('the destination itself', () => expect(pick([device(2, 'ra', ['fd02::1/64', 'fd02::5/64'])], 'ra', 'fd02::5')).toBe('fd02::5'));
  test('equals: the first listed, which was added last (kernel)', () => expect(pick([device(2, 'ra', ['fd02::9/64', 'fd02::1/64'])], 'ra', 'fd77::1')).toBe('fd02::9'));
  test('no device known', () => expect(pick(node, null, 'fd01::7')).toBe('fd01::1'));
  test('none', () => expect(pick([device(2, 'ra', ['10.0.0.1/8'])], 'ra', 'fd01::7')).toBeNull());
  test('REDIRECT to a link-local destination takes a link-local address', () => {
    expect(show(redirectAddress(node, 'rb', 'ipv6', words('fe80::77')))).toBe('fe80::b');
    expect(show(redirectAddress(node, 'rb', 'ipv6', words('2607::1')))).toBe('2001:db8::9');
  });
});
