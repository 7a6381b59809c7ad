/** A Subnet of Kube-OVN, read as the controller and the daemon read it. */

import { formatPrefix, parseAddress, parsePrefix, type Family } from '../../net/address.ts';
import type { Gateway, Subnet } from '../cluster.ts';
import { splitWords } from '../options.ts';
import type { PolicyRuleText } from '../policy-rule-id.ts';
import { sha256 } from '../sha256.ts';
import { utf8Bytes } from '../../net/utf8.ts';
import type { ObjectReader } from './object.ts';

/** Longest name whose counting rules iptables takes: a comment has at most 255 bytes. */
const MAX_NAME = 255 - 'ovn-subnet-gateway,'.length;

/** Null if something in it has no meaning; the reader has said what. */
export function readSubnet(reader: ObjectReader): Subnet | null {
  const { name } = reader;
  if (name.length > MAX_NAME) reader.fieldProblem('error', 'name', [], `a name of ${name.length} characters does not fit into a rule's comment`, `at most ${MAX_NAME} do`);
  const cidrs = readCidrs(reader);
  const gateways = readGateways(reader);
  const policyRules = readPolicyRules(reader);
  const externalEgressGateways = reader.addresses('externalEgressGateway', splitWords(reader.text('externalEgressGateway')), () => []);
  if (externalEgressGateways.length > 0 && !reader.truth('natOutgoing') && reader.number('policyRoutingTableID') === 0)
    reader.fieldProblem('error', 'policyRoutingTableID', [], 'an external egress gateway needs "policyRoutingTableID"', 'give the number of a table of its own');
  if (!reader.ok) return null;
  return {
    name,
    uid: reader.get<string>('uid') ?? madeUid(name),
    deleting: reader.get<string>('deletionTimestamp') !== undefined,
    vpc: reader.get<string>('vpc') || null,
    provider: reader.text('provider'),
    cidrs,
    protocol: reader.get<Subnet['protocol']>('protocol') ?? null,
    natOutgoing: reader.truth('natOutgoing'),
    policyRules,
    gatewayType: reader.text('gatewayType'),
    gateways,
    enableEcmp: reader.truth('enableEcmp'),
    activateGateway: reader.get<string>('activateGateway') || null,
    enableLb: reader.get<boolean>('enableLb') ?? null,
    vlan: reader.text('vlan'),
    logicalGateway: reader.truth('logicalGateway'),
    u2oInterconnection: reader.truth('u2oInterconnection'),
    externalEgressGateways,
    policyRoutingPriority: reader.number('policyRoutingPriority'),
    policyRoutingTableId: reader.number('policyRoutingTableID'),
  };
}

function readCidrs(reader: ObjectReader): Subnet['cidrs'] {
  const cidrs: Partial<Record<Family, string>> = {};
  const written = reader.text('cidrBlock');
  if (written === '') reader.fieldProblem('note', 'cidrBlock', [], 'there is no "cidrBlock", so nothing on the node comes from it', '');
  for (const word of splitWords(written)) {
    const fail = (message: string, hint: string): void => reader.fieldProblem('error', 'cidrBlock', [], message, hint);
    const prefix = word.includes('/') ? parsePrefix(word) : null;
    if (!prefix || prefix.length === null) fail(`"${word}" is no prefix`, 'write 10.16.0.0/16, or 10.16.0.0/16,fd00:10:16::/112 for both families');
    else if (prefix.length === 0) fail(`a set of type hash:net cannot hold "${word}"`, 'give a longer prefix');
    else if (cidrs[prefix.family]) fail(`"${word}" is the second prefix of its family`, 'give one prefix a family');
    else cidrs[prefix.family] = formatPrefix(prefix);
  }
  return cidrs;
}

/** `node1,node2:192.168.0.102`. The daemon cuts at the first colon: an IPv6 address after it is never understood, and left out here too. */
function readGateways(reader: ObjectReader): Gateway[] {
  return splitWords(reader.text('gatewayNode')).map((word) => {
    const [node = '', address = ''] = word.split(':').map((part) => part.trim());
    const inside = word.slice(word.indexOf(':') + 1).trim();
    if (word.includes(':') && (parseAddress(inside)?.family === 'ipv6' || inside.startsWith('[')))
      reader.fieldProblem(
        'warning',
        'gatewayNode',
        [],
        `"${inside}" has no effect: kube-ovn-cni does not understand an IPv6 address after a node's name`,
        'packets leave with an address of the interface',
      );
    else if (word.includes(':') && parseAddress(address)?.family !== 'ipv4')
      reader.fieldProblem('error', 'gatewayNode', [], `"${address}" is not an IPv4 address`, 'write NODE or NODE:ADDRESS, with commas between them');
    return { node, address: parseAddress(address)?.family === 'ipv4' ? address : null };
  });
}

interface PolicyRuleJson {
  readonly action: string;
  readonly match?: { readonly srcIPs?: string; readonly dstIPs?: string };
}

/** As `pkg/util/validator.go` takes them: addresses and prefixes of one family in both fields; any action. */
function readPolicyRules(reader: ObjectReader): PolicyRuleText[] {
  return (reader.get<readonly PolicyRuleJson[]>('natOutgoingPolicyRules') ?? []).map(({ action, match = {} }, i) => {
    const families = new Set<Family>();
    for (const field of ['srcIPs', 'dstIPs'] as const) {
      const fail = (severity: 'error' | 'warning', message: string, hint: string): void =>
        reader.fieldProblem(severity, 'natOutgoingPolicyRules', [i, 'match', field], message, hint);
      for (const word of (match[field] ?? '').split(',')) {
        if ((match[field] ?? '') === '') break;
        const prefix = word === word.trim() ? parsePrefix(word) : null;
        if (!prefix || prefix.length === null) fail('error', `"${word}" is neither an address nor a prefix`, 'write 10.0.11.0/30,10.0.11.254, without blanks');
        else if (prefix.length === 0)
          fail('warning', `a set of type hash:net cannot hold "${word}": on a real node kube-ovn-cni fails here`, `leave out "${field}" instead; the entry is left out here`);
        if (prefix) families.add(prefix.family);
      }
    }
    if (families.size > 1) reader.fieldProblem('error', 'natOutgoingPolicyRules', [i, 'match'], 'there are addresses of both families', 'write one rule for each family');
    if (!['nat', 'forward'].includes(action))
      reader.fieldProblem('warning', 'natOutgoingPolicyRules', [i, 'action'], `"${action}" is not nat or forward: kube-ovn-cni passes over the rule`, 'write nat or forward');
    if (families.size === 0 && !match.srcIPs && !match.dstIPs)
      reader.fieldProblem('warning', 'natOutgoingPolicyRules', [i], 'a rule without srcIPs and dstIPs becomes no rule at all', 'it does not match everything: name some addresses');
    return { action, srcIPs: match.srcIPs ?? '', dstIPs: match.dstIPs ?? '' };
  });
}

/** For a Subnet written by hand: the same name gives the same UID. */
function madeUid(name: string): string {
  const hex = Array.from(sha256(Uint8Array.from(utf8Bytes(name))).subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
