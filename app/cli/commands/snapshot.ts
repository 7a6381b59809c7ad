/** `packetwalk snapshot`: the shell loop of formats §1 that saves a node's state. It only prints; nothing is run. */

import { Refusal, type Command } from '../command.ts';

/** What is asked of a node, in this order; a tool that is missing leaves an empty section. */
const TOOLS = [
  'iptables-save',
  'ip6tables-save',
  'ipset save',
  'ip -j addr',
  'ip -d -j link',
  'ip -j route show table all',
  'ip -j -6 route show table all',
  'ip -j rule',
  'ip -j -6 rule',
  'ip -j neigh',
  'sysctl -a',
  'conntrack -L -o extended',
  'ipvsadm -Sn',
  'nft list ruleset',
  'ss -Hltunp',
  'uname -r',
];

export const snapshot: Command = {
  name: 'snapshot',
  usage: '',
  summary: 'print the shell loop that saves a node’s state to node.snapshot',
  details: [
    'Run what it prints as root on the node. Nothing but the node’s own tools is needed; they only read. The comments below the',
    'loop run the same through the kube-ovn-cni pod of a node, which sees the node’s network and holds the tools, and add the rules',
    'of iptables-legacy where they stand beside those of iptables-nft.',
  ],
  options: {},
  examples: [['packetwalk snapshot | ssh root@node sh -s', 'leaves node.snapshot in root’s home on the node']],
  async run({ arguments: [word] }, terminal) {
    if (word !== undefined) throw new Refusal(`"${word}" is not expected here`, { hint: 'packetwalk snapshot takes no arguments: it prints what to run on the node' });
    terminal.write(`${snapshotText()}\n`);
    return 0;
  },
};

/** A shell script: the loop, and the same for kubectl as a comment. */
function snapshotText(): string {
  return [
    loop("'", 8),
    '',
    '# Where rules of iptables-legacy stand beside those of iptables-nft ("iptables-save" warns of them), those too:',
    `# for c in iptables-legacy-save ip6tables-legacy-save; do echo "==> $c <=="; $c 2>/dev/null; done >> node.snapshot`,
    '',
    '# Where helpers expect connections (CT --helper), and where bridges forward frames (br_netfilter), those too:',
    `# for c in 'conntrack -L expect' 'bridge -j fdb show'; do echo "==> $c <=="; $c 2>/dev/null; done >> node.snapshot`,
    '',
    '# Where rules count by name (-m nfacct), where tables of -m hashlimit shall go on from what they have counted, and where -m osf has fingerprints:',
    '# { echo "==> nfacct list <=="; nfacct list; for f in /proc/net/ip*t_hashlimit/* /usr/share/xtables/pf.os; do echo "==> cat $f <=="; cat $f; done; } 2>/dev/null >> node.snapshot',
    '',
    '# Where rules ask for IPsec (-m policy), whether there is any:',
    '# for c in "ip xfrm state" "ip xfrm policy"; do echo "==> $c <=="; $c 2>/dev/null; done >> node.snapshot',
    '',
    '# Where rules or routes are written with names of the node’s own (devgroup, realm):',
    '# for f in group rt_realms; do echo "==> cat /etc/iproute2/$f <=="; cat /etc/iproute2/$f; done >> node.snapshot',
    '',
    "# With Kube-OVN, which address is behind which node, so that the tunnels' outer packets are walked, too (kubectl with the ko plugin):",
    `# for t in Port_Binding Chassis Encap; do echo "==> ovn-sbctl --format=json list $t <=="; kubectl ko sbctl --format=json list $t; done >> node.snapshot`,
    '',
    '# The same through the kube-ovn-cni pod of node NODE:',
    '# kubectl -n kube-system exec "$(kubectl -n kube-system get pod -l app=kube-ovn-cni --field-selector spec.nodeName=NODE -o name)" -c cni-server -- \\',
    `#   sh -c '${loop('"').replace(' > node.snapshot', '')}' > node.snapshot`,
  ].join('\n');
}

/** `perLine` tools to a line; all on one if it is left out. */
function loop(quote: string, perLine = TOOLS.length): string {
  const words = TOOLS.map((tool) => (tool.includes(' ') ? `${quote}${tool}${quote}` : tool));
  const lines: string[] = [];
  for (let i = 0; i < words.length; i += perLine) lines.push(words.slice(i, i + perLine).join(' '));
  const separator = perLine < TOOLS.length ? '\n' : ' ';
  return `for c in ${lines.join(' \\\n         ')}; do${separator}${separator === '\n' ? '  ' : ''}echo "==> $c <=="; $c 2>/dev/null; done > node.snapshot`;
}
