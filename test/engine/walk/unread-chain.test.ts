/**
 * Tables of nft that iptables did not make stand beside its own: what they do to a packet is not known, and so is the end of
 * one that comes to them. Texts as nft 1.0.6, iptables 1.8.9 print them; what the kernel does is in test/kernel/native-chains.test.ts.
 */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, walk, type Packet } from '../../../engine/index.ts';

const ADDRESSES = [
  '1: lo: <LOOPBACK,UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo',
  '2: eth0: <UP> mtu 1500\n    inet 192.0.2.2/24 scope global eth0',
  '3: eth1: <UP> mtu 1500\n    inet 198.51.100.1/24 scope global eth1',
  '4: br0: <UP> mtu 1500\n    link/ether 02:00:00:00:00:04 brd ff:ff:ff:ff:ff:ff\n    bridge\n    inet 10.4.0.1/24 scope global br0\n',
].join('\n');
const EMPTY = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n';
const chain = (head: string, ...lines: string[]) => `\tchain c {\n\t\t${head}; policy accept;\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
const table = (name: string, ...chains: string[]) => `table ${name} {\n${chains.join('\n')}}\n`;

const forwarded: Packet = { in: 'eth1', src: '198.51.100.7', dst: '192.0.2.9', proto: 'tcp', sport: 7, dport: 53 };
const delivered: Packet = { ...forwarded, dst: '198.51.100.1' };
const sent: Packet = { in: null, dst: '192.0.2.9', proto: 'tcp', sport: 7, dport: 53 };

function outcome(ruleset: string, packet: Packet = forwarded, rules = EMPTY, more = '') {
  const text = `==> iptables-save <==\n${rules}==> nft list ruleset <==\n${ruleset}==> ip -d addr <==\n${ADDRESSES}==> sysctl -a <==\nnet.ipv4.ip_forward = 1\n${more}`;
  const { verdict, reason } = walk(createWorld(parseNode([{ name: 'node.snapshot', text }])), packet).trace.outcome;
  return { verdict, reason };
}

describe('a chain of nft beside those of iptables', () => {
  it('is named where the end hangs on it', () => {
    expect(outcome(table('inet fw', chain('type filter hook forward priority filter + 10', 'tcp dport 53 drop')))).toEqual({
      verdict: 'unknown',
      reason: 'chain "c" of the nft table "inet fw" is not read, and the packet comes to it',
    });
  });

  const FORWARD = 'type filter hook forward priority filter';
  it.each([
    ['that holds nothing', [FORWARD], 'forwarded'],
    ['that counts and logs', [FORWARD, 'counter packets 1 bytes 60 comment "drop and reject"', 'tcp dport { 22, 80 } log prefix "set "'], 'forwarded'],
    ['that lets through', [FORWARD, 'ct state established,related accept', 'ip saddr 10.0.0.0/8 return'], 'forwarded'],
    ['that drops', [FORWARD, 'tcp dport 22 drop'], 'unknown'],
    ['that rejects by a map', [FORWARD, 'ct state vmap { established : accept, invalid : drop }'], 'unknown'],
    ['that sets a mark', [FORWARD, 'meta mark set 0x00000001'], 'unknown'],
    ['that goes to another chain', [FORWARD, 'jump other'], 'unknown'],
    ['that looks into a map', [FORWARD, 'tcp dport vmap @ports'], 'unknown'],
    ['at another hook', ['type filter hook input priority filter', 'drop'], 'forwarded'],
    ['before routing', ['type filter hook prerouting priority -450', 'drop'], 'unknown'],
    ['for NAT', ['type nat hook postrouting priority srcnat - 5', 'masquerade'], 'unknown'],
    ['where frames come in', ['type filter hook ingress device "eth1" priority filter', 'drop'], 'unknown'],
    ['where frames come in by another device', ['type filter hook ingress device "eth0" priority filter', 'drop'], 'forwarded'],
    ['where frames leave', ['type filter hook egress devices = { "br0", "eth0" } priority filter', 'drop'], 'unknown'],
  ] as const)('%s', (_, [head, ...lines], verdict) => {
    const more = '\tchain other {\n\t\treject with tcp reset\n\t}\n\tmap ports {\n\t\ttype inet_service : verdict\n\t\telements = { 80 : goto other }\n\t}\n';
    expect(outcome(table('inet fw', more, chain(head, ...lines))).verdict).toBe(verdict);
  });

  it.each([
    ['its policy', 'table inet fw {\n\tchain c {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n', 'unknown'],
    ['another family', table('ip6 fw', chain(FORWARD, 'drop')), 'forwarded'],
    ['ARP', table('arp fw', chain('type filter hook input priority filter', 'drop')), 'forwarded'],
    ['a table that sleeps', `table ip fw {\n\tflags dormant\n\n${chain(FORWARD, 'drop')}}\n`, 'forwarded'],
    ['spaces for tabs', table('ip fw', chain(FORWARD, 'ip saddr { 10.0.0.1 } accept', 'drop')).replaceAll('\t', '    '), 'unknown'],
    ['handles', 'table ip fw { # handle 8\n\tchain c { # handle 1\n\t\ttype filter hook forward priority 0; policy accept;\n\t\tdrop # handle 2\n\t}\n}\n', 'unknown'],
    ['frames of bridges, where none is', table('bridge fw', chain('type filter hook forward priority 0', 'drop')), 'forwarded'],
    ['nothing but tables', 'table inet fw {\n}\n', 'forwarded'],
  ])('%s', (_, ruleset, verdict) => {
    expect(outcome(ruleset).verdict).toBe(verdict);
  });

  it('frames of bridges', () => {
    expect(outcome(table('bridge fw', chain('type filter hook input priority 0', 'drop')), { ...forwarded, in: 'br0', src: '10.4.0.9' }).verdict).toBe('unknown');
  });

  it('what is decided before the packet gets there is firm', () => {
    const drop = (where: string) => EMPTY.replace('COMMIT', `-A ${where} -p tcp -j DROP\nCOMMIT`);
    const behind = table('inet fw', chain('type filter hook forward priority filter + 10', 'drop'));
    expect(outcome(behind, forwarded, drop('FORWARD')).verdict).toBe('dropped');
    expect(outcome(behind, delivered).verdict).toBe('delivered');
    expect(outcome(table('inet fw', chain('type filter hook forward priority filter - 10', 'drop')), forwarded, drop('FORWARD')).verdict).toBe('unknown');
    // Of two at one priority the one that was loaded last is first, which no snapshot tells.
    expect(outcome(table('inet fw', chain(FORWARD, 'drop')), forwarded, drop('FORWARD')).verdict).toBe('unknown');
    expect(outcome(table('inet fw', chain('type route hook output priority mangle', 'meta mark set 1')), sent).verdict).toBe('unknown');
  });

  it('NAT asks for the first packet of a connection', () => {
    const ruleset = table('ip fw', chain('type nat hook postrouting priority srcnat', 'masquerade'));
    const tracked = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o lo -j MASQUERADE\nCOMMIT\n';
    const known =
      '==> conntrack -L -o extended <==\nipv4     2 tcp      6 99 ESTABLISHED src=198.51.100.7 dst=192.0.2.9 sport=7 dport=53 src=192.0.2.9 dst=198.51.100.7 sport=53 dport=7 [ASSURED] mark=0 use=1\n';
    expect(outcome(ruleset, { ...forwarded, flags: ['ACK'] }, tracked).verdict).toBe('unknown');
    expect(outcome(ruleset, { ...forwarded, flags: ['ACK'] }, tracked, known).verdict).toBe('forwarded');
  });
});

describe('tables that are known to be there and are not in the snapshot', () => {
  const RULESET = table(
    'ip filter',
    '\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t\tdrop\n\t}\n',
    '\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy accept;\n\t\tip saddr 10.0.0.1 counter packets 0 bytes 0 drop\n\t}\n',
  );
  const IN_PART = "# Table `filter' contains incompatible base-chains, use 'nft' tool to list them.\n";
  const WHOLE = "# Table `filter' is incompatible, use 'nft' tool.\n";

  it('chains that iptables-save leaves out', () => {
    expect(outcome('', forwarded, `${IN_PART}${EMPTY}`).verdict).toBe('unknown');
    expect(outcome(RULESET, forwarded, `${IN_PART}${EMPTY}`).verdict).toBe('forwarded');
    expect(outcome(RULESET, delivered, `${IN_PART}${EMPTY}`).verdict).toBe('unknown');
    expect(outcome(RULESET, forwarded, WHOLE).verdict).toBe('unknown');
    expect(outcome('', forwarded, WHOLE).verdict).toBe('unknown');
  });

  it('tables that the save does not hold', () => {
    const nat = EMPTY.replace('*filter', '*nat').replace(':FORWARD ACCEPT [0:0]\n', '');
    const own = RULESET.replace('ip saddr 10.0.0.1', 'ip saddr 10.0.0.2');
    expect(outcome(own, forwarded, nat).verdict).toBe('unknown');
    expect(outcome(own, forwarded, `${nat}==> iptables-legacy-save <==\n${EMPTY}`).verdict).toBe('unknown');
    expect(outcome(own, forwarded, `${nat}==> iptables -S <==\n-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n`).verdict).toBe('forwarded');
  });

  it('tables of the other back end', () => {
    const warning = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n';
    expect(outcome('', forwarded, `${EMPTY}${warning}`)).toEqual({ verdict: 'unknown', reason: 'tables that "iptables-legacy-save" prints are not in the snapshot' });
    expect(outcome('', forwarded, `${EMPTY}${warning}`, `==> iptables-legacy-save <==\n${EMPTY}`).verdict).toBe('forwarded');
    expect(outcome('', forwarded, `${EMPTY}# Warning: ip6tables-legacy tables present, use ip6tables-legacy-save to see them\n`).verdict).toBe('forwarded');
  });

  it('rules that no tool printed as they are read', () => {
    const listed = (header: string, text: string) => {
      const node = parseNode([{ name: 'node.snapshot', text: `==> ${header} <==\n${text}==> uname -r <==\n6.18.44\n` }]);
      return [walk(createWorld(node), { in: 'eth0', src: '192.0.2.9', dst: '198.51.100.9', proto: 'tcp' }).trace.outcome.verdict, node.problems[0]?.message];
    };
    expect(listed('iptables -L -n', 'Chain FORWARD (policy DROP)\ntarget     prot opt source               destination\n')).toEqual([
      'unknown',
      'this is what "iptables -L" prints, which leaves things out',
    ]);
    expect(listed('nft list ruleset', RULESET.replace('hook input', 'hook forward'))).toEqual([
      'unknown',
      'these are rules of iptables in the words of nft, which are not read: table "ip filter"',
    ]);
    expect(listed('nft list ruleset', `${RULESET}table ip more {\n\tchain c {\n`)).toEqual([
      'unknown',
      'these are rules of iptables in the words of nft, which are not read: table "ip filter"',
    ]);
    expect(listed('nft list ruleset', 'table ip more {\n\tchain c {\n')).toEqual(['unknown', 'the last table ends without "}"; the text may be cut short']);
    expect(listed('nft list ruleset', 'Operation not permitted (you must be root)\n')).toEqual([
      'forwarded',
      '"Operation not permitted (you must be root)" is no table as "nft list ruleset" prints it',
    ]);
  });

  it('JSON of nft', () => {
    // As nft 1.0.6 prints it.
    const json =
      '{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}, {"table": {"family": "inet", "name": "fw", "handle": 8}}, {"chain": {"family": "inet", "table": "fw", "name": "a", "handle": 2, "type": "filter", "hook": "forward", "prio": 10, "policy": "drop"}}]}\n';
    const node = parseNode([{ name: 'rules.json', text: json }]);
    expect(node.problems.map(({ code, section, message, hint }) => [code, section, message, hint])).toEqual([
      ['wrong-output', 'nft list ruleset', 'this is what "nft -j" prints, which is not read', 'run "nft list ruleset" instead'],
    ]);
    expect(outcome(json).verdict).toBe('unknown');
    // Cut short before its first chain.
    expect(outcome(json.slice(0, json.indexOf('{"chain"'))).verdict).toBe('unknown');
    expect(outcome('{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}]}\n').verdict).toBe('forwarded');
  });
});
