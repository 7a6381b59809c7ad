/** NAT of what leads to the node itself or back to where it came from. */

import type { KernelCase } from '../cases.ts';
import { client, router, tables, TRACKING } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;

export const NAT_TO_ITSELF: readonly KernelCase[] = [
  {
    name: 'dnat-to-itself',
    node: router({
      iptables: tables({
        nat: [
          '-A PREROUTING -d 10.2.0.2/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.2.0.2',
          '-A PREROUTING -d 10.2.0.2/32 -p udp -m udp --dport 54 -j DNAT --to-destination 10.2.0.2:55',
          '-A POSTROUTING -p udp -m udp --dport 55 -j SNAT --to-source 10.2.0.99',
        ],
        filter: ['-A FORWARD -m conntrack --ctstate DNAT', '-A FORWARD -m conntrack --ctstate SNAT'],
        mangle: [
          '-A POSTROUTING -m conntrack --ctstate SNAT',
          '-A POSTROUTING -m conntrack --ctstatus NONE',
          '-A POSTROUTING -m conntrack ! --ctstatus NONE',
          '-A POSTROUTING -m conntrack --ctstatus CONFIRMED',
        ],
      }),
    }),
    sends: [{ ...client, ...udp(1, 53) }, { ...client, ...udp(1, 54) }, { ...client, ...udp(1, 54) }, { replyTo: 1 }],
  },
  {
    name: 'hairpin',
    node: router({
      iptables: tables({
        mangle: [],
        nat: ['-A PREROUTING -d 10.1.0.1/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.1.0.3:5353', '-A POSTROUTING -o ra -m conntrack --ctstate DNAT -j MASQUERADE'],
        filter: ['-A FORWARD -i ra -o ra'],
      }),
    }),
    sends: [{ ...client, dst: '10.1.0.1', ...udp(7, 53) }, { replyTo: 0 }, { ...client, dst: '10.1.0.1', ...udp(7, 53) }, { errorFor: 0, code: 3 }],
  },
  {
    name: 'hairpin-with-redirects',
    node: router({
      sysctls: { 'net.ipv4.conf.all.send_redirects': '1', 'net.ipv4.conf.ra.send_redirects': '1' },
      iptables: tables({ mangle: [], nat: ['-A POSTROUTING -p tcp -j SNAT --to-source 10.1.0.99'], filter: [] }),
    }),
    sends: [
      { ...client, dst: '10.1.0.3', ...udp(7, 53) },
      { ...client, dst: '10.1.0.3', ...udp(7, 53) },
      { ...client, dst: '10.1.0.3', ...tcp(7, 53) },
      { ...client, dst: '10.1.0.3', ...tcp(7, 53) },
    ],
  },
  {
    name: 'redirects-without-tracking',
    node: router({
      sysctls: { 'net.ipv4.conf.all.send_redirects': '1', 'net.ipv4.conf.ra.send_redirects': '1' },
      iptables: tables({ mangle: [], filter: [] }),
    }),
    sends: [
      { ...client, dst: '10.1.0.3', ...udp(7, 53) },
      { ...client, dst: '10.1.0.3', ...udp(8, 53) },
      { ...client, src: '10.1.0.4', dst: '10.1.0.3', ...udp(8, 53), at: 0.5 },
      { ...client, dst: '10.1.0.3', ...udp(8, 53), at: 0.5 },
      { ...client, src: '8.8.8.8', dst: '10.1.0.3', ...udp(8, 53), at: 0.5 },
      { ...client, src: '10.1.0.5', dst: '10.1.0.3', proto: 'icmp', icmpType: 3, icmpCode: 3, at: 0.5 },
    ],
  },
  {
    name: 'dnat-to-loopback',
    node: router({
      iptables: tables({
        raw: [],
        mangle: [],
        nat: [
          '-A PREROUTING -p udp -j DNAT --to-destination 127.0.0.1',
          '-A OUTPUT -p udp -j DNAT --to-destination 127.0.0.1:99',
          '-A OUTPUT -p tcp -m tcp --dport 80 -j REDIRECT',
          '-A OUTPUT -d 10.2.0.77/32 -j DNAT --to-destination 10.2.0.1',
        ],
        filter: [],
        security: [],
      }),
    }),
    sends: [
      { ...client, ...udp(7, 53) },
      { src: '10.2.0.1', dst: '8.8.8.8', ...udp(7, 53) },
      { src: '127.0.0.1', dst: '127.0.0.1', ...udp(7, 53) },
      { src: '10.2.0.1', dst: '8.8.8.8', ...tcp(7, 80) },
      { src: '10.2.0.1', dst: '10.2.0.77', ...tcp(7, 81) },
      { replyTo: 1 },
      { replyTo: 3 },
      { replyTo: 4 },
    ],
  },
  {
    name: 'route-localnet',
    node: router({
      sysctls: { 'net.ipv4.conf.ra.route_localnet': '1' },
      iptables: tables({ mangle: [], nat: ['-A PREROUTING -i ra -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.1:5353'], filter: [] }),
    }),
    sends: [
      { ...client, ...udp(7, 53) },
      { replyTo: 0 },
      { ...client, dst: '127.0.0.1', ...udp(7, 54) },
      { ...client, in: 'rb', dst: '127.0.0.1', ...udp(7, 54) },
      { ...client, src: '127.0.0.9', ...udp(7, 54) },
    ],
  },
  {
    name: 'snat-on-loopback',
    node: router({
      iptables: tables({
        raw: [],
        mangle: [],
        nat: ['-A POSTROUTING -o lo -p udp -j SNAT --to-source 10.1.0.1', '-A POSTROUTING -o lo -p tcp -j MASQUERADE', '-A INPUT -p icmp -j SNAT --to-source 10.9.9.9'],
        filter: [TRACKING],
        security: [],
      }),
    }),
    sends: [
      { src: '10.2.0.1', dst: '10.2.0.1', ...udp(7, 53) },
      { replyTo: 0 },
      { src: '10.2.0.1', dst: '10.2.0.1', ...tcp(7, 53) },
      { replyTo: 2 },
      { src: '127.0.0.1', dst: '10.2.0.1', ...tcp(7, 53) },
      { src: '10.2.0.1', dst: '127.0.0.1', ...tcp(7, 53) },
      { src: '10.2.0.1', dst: '127.0.0.1', proto: 'icmp', icmpId: 6 },
      { ...client, dst: '10.1.0.1', proto: 'icmp', icmpId: 6 },
      { replyTo: 7 },
    ],
  },
];
