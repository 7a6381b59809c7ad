/** Which address MASQUERADE takes for a packet that a mark has turned round to lo, on nodes with several interfaces: kubelet's probe on a Kube-OVN node. */

import type { KernelCase } from './cases.ts';
import type { KernelInterface, KernelNode } from './node.ts';

const DOCKER: KernelInterface = { name: 'docker0', addresses: ['172.17.0.1/16', 'fd00:172:17::1/64'] };
const UPLINK: KernelInterface = { name: 'eth0', addresses: ['192.168.0.101/24', 'fd00:192:168::101/64'] };
const OVN: KernelInterface = { name: 'ovn0', addresses: ['100.64.0.2/16', 'fd00:100:64::2/112'] };

function probed(interfaces: readonly KernelInterface[]): KernelNode {
  const rules = (address: string): string =>
    `*mangle\n-A OUTPUT -d ${address} -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x90003/0x90003\nCOMMIT\n*nat\n-A POSTROUTING -m mark --mark 0x80000/0x80000 -j MASQUERADE\nCOMMIT\n`;
  return {
    interfaces,
    iptables: rules('10.241.39.2/32'),
    ip6tables: rules('fd00:10:241::2/128'),
    routes: ['default via 192.168.0.1', 'local default dev lo table 10001'],
    routes6: ['default via fd00:192:168::1', 'local default dev lo table 10001'],
    rules: ['priority 32765 fwmark 0x90003/0x90003 lookup 10001'],
    rules6: ['priority 32765 fwmark 0x90003/0x90003 lookup 10001'],
  };
}

const named = (name: string, interfaces: readonly KernelInterface[]): KernelCase => ({
  name: `masquerade-on-lo-${name}`,
  node: probed(interfaces),
  sends: [
    { in: null, src: '192.168.0.101', dst: '10.241.39.2', proto: 'tcp', sport: 6100, dport: 80 },
    { in: null, src: 'fd00:192:168::101', dst: 'fd00:10:241::2', proto: 'tcp', sport: 6100, dport: 80 },
  ],
});

export const LOOPBACK_CASES: readonly KernelCase[] = [
  named('uplink-first', [UPLINK, OVN, DOCKER]),
  named('bridge-first', [DOCKER, UPLINK, OVN]),
  named('overlay-first', [OVN, DOCKER, UPLINK]),
];
