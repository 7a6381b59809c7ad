/** The page's example scenarios as cases for the kernel: their snapshot as a node to build, their packets as things to send. */

import type { Expectation, Scenario } from '../../engine/index.ts';
import type { Packet } from '../../engine/model/packet.ts';
import { formatAddress, parseAddress } from '../../engine/net/address.ts';
import { EXAMPLES, exampleNode, hasVirtualServers, type Example } from '../support/examples.ts';
import type { KernelNode, RunOptions, Sending } from './node.ts';
import { kernelNodeOf } from './node-of-snapshot.ts';
import type { PacketRecord, Recording } from './recording.ts';

/** Examples for the kernel of this machine, and those for one with IPVS. */
export const HERE: readonly Example[] = EXAMPLES.filter((example) => !hasVirtualServers(example));
export const WITH_IPVS: readonly Example[] = EXAMPLES.filter(hasVirtualServers);

interface ExampleCase {
  readonly node: KernelNode;
  readonly sends: readonly Sending[];
  readonly options: RunOptions;
}

/** Throws if the example asks for what the harness cannot build or the kernel cannot be told. */
export function exampleCase(example: Example): ExampleCase {
  const { packets, environment } = example.scenario;
  const { sockets = [], choices = [] } = environment;
  // Where the scheduler of IPVS begins is chance too, but the kernel's first choice on a new node is always the same.
  const other = choices.find((choice) => !['port', 'ipvs', 'tunnel'].includes(choice.for));
  if (other) throw new Error(`the kernel cannot be told what chance decides for ${other.for}`);
  return { node: kernelNodeOf(exampleNode(example)), sends: packets.map((_, i) => sendingOf(example.scenario, i)), options: { sockets } };
}

/**
 * A packet that answers an earlier one is addressed to a port that chance drew; the scenario fixes it by
 * `environment.choices`, the kernel cannot be told. So it goes to whatever the kernel drew, and all else is as written.
 */
function sendingOf({ packets, environment }: Scenario, index: number): Sending {
  const packet = packets[index] as Packet;
  const field = packet.proto === 'icmp' || packet.proto === 'icmpv6' ? 'icmpId' : 'dport';
  const drawn = environment.choices?.find(
    (choice) => choice.for === 'port' && choice.packet <= index && choice.value === packet[field] && packets[choice.packet - 1]?.proto === packet.proto,
  );
  if (!drawn) return { packet };
  const { [field]: _, ...overrides } = packet;
  // What replyTo would fill in of itself is the scenario's default instead.
  const tcp: Partial<Packet> = packet.proto === 'tcp' ? { flags: packet.flags ?? ['SYN'], seq: packet.seq ?? 0, ack: packet.ack ?? 0 } : {};
  return { replyTo: drawn.packet - 1, overrides: { ...overrides, ...tcp } };
}

/** What the scenario promises and the kernel did not do. The engine has no part in this. */
export function brokenPromises({ scenario }: Example, recording: Recording): readonly string[] {
  const drawn = new Map(
    (scenario.environment.choices ?? []).map((choice) => [
      choice.value,
      recording.environment.choices?.find((seen) => seen.packet === choice.packet && seen.for === choice.for)?.value,
    ]),
  );
  return scenario.expect.flatMap((expectation) => {
    const record = recording.records[expectation.packet - 1] as PacketRecord;
    const sent = scenario.packets[expectation.packet - 1] as Packet;
    return broken(expectation, record, sent, (value) => drawn.get(value as number) ?? value).map((text) => `packet ${expectation.packet}: ${text}`);
  });
}

const VERDICTS_WITHOUT_PACKET = ['dropped', 'rejected', 'lost'];

function broken(expectation: Expectation, record: PacketRecord, sent: Packet, drawn: (value: unknown) => unknown): readonly string[] {
  const texts: string[] = [];
  const { verdict, out, fires = [], not = [] } = expectation;
  const left = record.left[0];
  const last = record.steps.at(-1);
  const seen = left ? [(sent.in ?? null) === null ? 'sent' : 'forwarded'] : record.delivered ? ['delivered'] : VERDICTS_WITHOUT_PACKET;
  if (verdict !== undefined && !seen.includes(verdict)) texts.push(`verdict ${verdict}, kernel: ${seen.join(' or ')}`);
  if (out !== undefined && out !== (left?.out ?? null)) texts.push(`out ${out}, kernel: ${left?.out}`);
  // The target of the last step changes no mark: MARK and its kind go on to the next rule, which is then the last.
  const ends = { ...last, ...left?.packet, ...(last ? { mark: last.mark } : {}) } as Partial<Packet>;
  for (const field of ['src', 'dst', 'sport', 'dport', 'mark', 'ttl', 'tos'] as const) {
    const wanted = expectation[field];
    if (wanted !== undefined && canonical(drawn(wanted)) !== canonical(ends[field])) texts.push(`${field} ${wanted}, kernel: ${ends[field]}`);
  }
  const matched = new Set(record.steps.filter((step) => step.kind !== 'return').map((step) => `${sent.dst.includes(':') ? 'ip6:' : ''}${step.table}/${step.chain}/${step.rule}`));
  for (const rule of fires) if (!matched.has(rule)) texts.push(`fires ${rule}, kernel: it did not`);
  for (const rule of not) if (matched.has(rule)) texts.push(`not ${rule}, kernel: it fired`);
  return texts;
}

function canonical(value: unknown): unknown {
  const address = typeof value === 'string' ? parseAddress(value) : null;
  return address ? formatAddress(address.family, address.words) : value;
}
