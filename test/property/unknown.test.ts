/**
 * What is not known stays so: where a rule has an answer although bits of the packet's registers are not known, it has the
 * same answer whatever those bits are, and an operation looks at no register that it does not name. On rules with every
 * match there is, and sets of every kind of value.
 */

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, type Packet } from '../../engine/index.ts';
import type { CompiledChain } from '../../engine/compile/program.ts';
import { fillPacket } from '../../engine/model/full-packet.ts';
import { CTSTATE, FIELD, REGISTER_COUNT, type Field } from '../../engine/model/field.ts';
import { FALSE, TRUE, UNKNOWN, type OpaqueTest } from '../../engine/model/test.ts';
import type { FullPacket } from '../../engine/model/packet.ts';
import { evaluation, type LiveEvaluation } from '../../engine/walk/evaluation.ts';
import { makeSkb, type Skb } from '../../engine/walk/skb.ts';
import { testRule } from '../../engine/walk/test.ts';

const recording = JSON.parse(readFileSync(new URL('../engine/extension/match/kernel-recorded.json', import.meta.url), 'utf8')) as {
  readonly snapshot: string;
  readonly sent: readonly { readonly packet: Packet }[];
};
const HASH = 'family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1';
const SETS = `create u_hosts hash:ip ${HASH}
add u_hosts 192.0.2.7
create u_ports hash:ip,port ${HASH}
add u_ports 192.0.2.7,udp:53
create u_marks hash:ip,mark family inet markmask 0x0000000f hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add u_marks 192.0.2.7,0x1
create u_macs hash:mac hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add u_macs 02:00:00:00:00:01
create u_pairs bitmap:ip,mac range 192.0.2.0-192.0.2.255
add u_pairs 192.0.2.7,02:00:00:00:00:01
create u_faces hash:net,iface ${HASH}
add u_faces 192.0.2.0/24,eth0
create u_small bitmap:port range 50-60
add u_small 53
create u_counted hash:ip ${HASH} counters
add u_counted 192.0.2.7 packets 3 bytes 200
create u_list list:set size 8
add u_list u_macs
add u_list u_ports
`;
const RULES = [
  ...['u_hosts dst', 'u_ports dst,dst', 'u_marks dst,dst', 'u_macs src', 'u_pairs dst,src', 'u_faces dst,src', 'u_small dst', 'u_list dst,dst', 'u_list src'],
  'u_counted dst --bytes-gt 230',
  'u_faces dst,dst --return-nomatch',
].flatMap((set) => [`-m set --match-set ${set}`, `-m set ! --match-set ${set}`]);
const MORE = `${[
  ...RULES,
  '-m mac --mac-source 02:00:00:00:00:01',
  '-m mac ! --mac-source 02:00:00:00:00:01',
  '-m mark --mark 0x1/0x3',
  '-m mark ! --mark 0x4/0xc',
  '-p tcp -m tcp --tcp-flags SYN,ACK SYN',
  '-p udp -m udp --dport 50:60',
  '-p udp -m multiport --ports 53,60:70',
  '-m connmark --mark 0x2/0x6',
  '-m rpfilter',
  '-m rpfilter --validmark --loose',
  '-m addrtype --src-type LOCAL --limit-iface-in',
  '-m socket --transparent',
  '-m connlimit --connlimit-above 2',
  '-m cpu --cpu 0',
  '-p dccp -m dccp --dccp-types ACK ! --dccp-option 33',
  '-m nfacct --nfacct-name counted',
  '-p tcp -m osf --genre Linux',
]
  .map((rule) => `-A PREROUTING ${rule}`)
  .join('\n')}\n`;

/** Of who sends. */
const SENT = ['-m cgroup --path a/b', '-m cgroup ! --cgroup 7', '-m owner --gid-owner 5 --suppl-groups', '-m owner ! --gid-owner 5 --suppl-groups']
  .map((rule) => `-A OUTPUT ${rule}\n`)
  .join('');

const FACTS = `==> ipset save <==\n${SETS}==> iptables-save <==\n*mangle\n:PREROUTING ACCEPT [0:0]\n${MORE}${SENT}COMMIT\n==> ip6tables-save <==\n*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m eui64\nCOMMIT\n==> nfacct list <==\n{ pkts = 1, bytes = 70, quota = 200, mode = byte, overquota = no } = counted;\n==> cat /usr/share/xtables/pf.os <==\nS4:64:1:60:M*,S,T,N,W7:Linux:2.6::a\n`;
const worlds = [recording.snapshot, FACTS].map((text) =>
  createWorld(parseNode([{ name: 'snapshot', text }]), { now: '2026-11-22T14:00:00Z', sockets: [{ proto: 'udp', address: '192.0.2.7', port: 53, transparent: true }] }),
);
const packets = recording.sent.slice(0, 60).flatMap(({ packet }) => {
  const full = fillPacket({ ...packet, in: null });
  return 'failure' in full ? [] : [full];
});

/** Whether there is a conntrack entry is always known: clauses of xt_conntrack are skipped by it. */
const FIELDS = (Object.values(FIELD) as readonly Field[]).filter((field) => field !== FIELD.hasCt);
const INTERFACES = ['eth0', 'lo', 'eth1'];

interface Given {
  readonly packet: FullPacket;
  readonly marks: readonly [number, number];
  readonly interfaces: readonly [number, number];
  readonly mac: number;
  readonly unknown: readonly (readonly [Field, number])[];
}

const bits = fc.oneof(fc.constantFrom(0xffffffff, 1, 3, 0xff), fc.integer({ min: 1, max: 0xffffffff }));
const given: fc.Arbitrary<Given> = fc.record({
  packet: fc.constantFrom(...packets),
  marks: fc.tuple(fc.nat(15), fc.nat(15)),
  interfaces: fc.tuple(fc.nat(INTERFACES.length), fc.nat(INTERFACES.length)),
  mac: fc.constantFrom(0, 1, 2),
  unknown: fc.array(fc.tuple(fc.constantFrom(...FIELDS, FIELD.mark, FIELD.srcMacLow, FIELD.hasMac, FIELD.dport), bits), { minLength: 1, maxLength: 3 }),
});

function skbOf(world: (typeof worlds)[number], { packet, marks, interfaces, mac }: Given): Skb {
  const skb = makeSkb({ ...packet, src: packet.src ?? (packet.family === 'ipv4' ? [0xc0000207] : [0xfd010000, 0, 0xff, 0xfe000001]) });
  const set = (field: Field, value: number) => {
    skb.regs[field.index] = value;
  };
  skb.unknown = null;
  set(FIELD.mark, marks[0]);
  set(FIELD.ctMark, marks[1]);
  set(FIELD.hasCt, marks[1] & 1);
  set(FIELD.ctState, CTSTATE.NEW);
  set(FIELD.in, world.names.id(INTERFACES[interfaces[0]] ?? null));
  set(FIELD.out, world.names.id(INTERFACES[interfaces[1]] ?? null));
  set(FIELD.hasMac, mac === 0 ? 0 : 1);
  set(FIELD.srcMacHigh, mac === 0 ? 0 : 0x200);
  set(FIELD.srcMacLow, mac);
  return skb;
}

/** Connections that a rule has met: up to four, by the address. */
const MET = new (class extends Map<string, { readonly keys: readonly string[]; readonly grown: number }> {
  override get(group: string): { readonly keys: readonly string[]; readonly grown: number } {
    return { keys: Array.from({ length: [...group].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0) % 5 }, (_, i) => `other ${i}`), grown: 0 };
  }
})();

function liveOf(world: (typeof worlds)[number], skb: Skb, regs: Uint32Array, unknown: Uint32Array | null): LiveEvaluation {
  const view = { regs, packet: skb.packet, family: skb.family };
  return evaluation(
    world,
    { skb: view, hook: 'PREROUTING', now: 0, sets: world.state.sets, unknown, number: 1 },
    {
      counting: false,
      connection: () => ({ key: 'own', zone: 0, confirmed: false, assured: false }),
      connectionState: () => 'open',
      step: (live, operation) => operation.step?.(view, live.context, operation.name === 'connlimit' ? MET : operation.initial).holds ?? UNKNOWN,
    },
  );
}

const rulesOf = (world: (typeof worlds)[number], family: string) =>
  world.program.rules.flatMap((rule, index) => ((world.program.chains[rule.chain] as CompiledChain).family === family ? [{ rule, index }] : []));

describe.each([
  ['every match', worlds[0]],
  ['sets and the frame', worlds[1]],
])('%s', (_, world) => {
  if (!world) throw new Error('two worlds');

  test('an answer does not hang on what is not known', () => {
    const certain = new Set<number>();
    fc.assert(
      fc.property(given, fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 8, maxLength: 8 }), (one, fillings) => {
        const skb = skbOf(world, one);
        const unknown = new Uint32Array(REGISTER_COUNT);
        for (const [field, mask] of one.unknown) unknown.fill(field.kind === 'interface' ? 0xffffffff : mask, field.index, field.index + field.words);
        const live = liveOf(world, skb, skb.regs, unknown);
        const rules = rulesOf(world, skb.family);
        const answers = rules.map(({ index }) => testRule(world.program, index, live));
        for (const filling of fillings) {
          const filled = skb.regs.map((value, i) => (value & ~(unknown[i] as number)) | (filling & (unknown[i] as number)));
          // Of an interface only the numbers given out so far can be meant.
          for (const { index } of [FIELD.in, FIELD.out, FIELD.physIn, FIELD.physOut]) if (unknown[index]) filled[index] = world.names.id(INTERFACES[filling % 4] ?? null);
          const known = liveOf(world, skb, filled, null);
          for (const [i, { rule, index }] of rules.entries()) {
            const answer = answers[i];
            if (answer === UNKNOWN) continue;
            const really = testRule(world.program, index, known);
            if (really === UNKNOWN) continue;
            certain.add(index);
            expect(`${rule.rule.text}: ${really}`).toBe(`${rule.rule.text}: ${answer}`);
          }
        }
      }),
      { numRuns: 120 },
    );
    expect(certain.size).toBeGreaterThan(20);
  });

  test('an operation looks at nothing that it does not name', () => {
    const asked = new Set<string>();
    fc.assert(
      fc.property(given, (one) => {
        const skb = skbOf(world, one);
        const seen = new Set<number>();
        const spied = spy(skb.regs, seen);
        const live = liveOf(world, skb, spied, null);
        const view = { regs: spied, packet: skb.packet, family: skb.family };
        for (const { rule } of rulesOf(world, skb.family))
          for (const operation of rule.clauses.flatMap((clause) => clause.any.filter((part): part is OpaqueTest => part.op === 'opaque'))) {
            seen.clear();
            const holds = operation.holds ? operation.holds(view, live.context) : operation.step?.(view, live.context, operation.initial).holds;
            expect([FALSE, UNKNOWN, TRUE]).toContain(holds);
            const named = new Set(operation.reads.flatMap(({ index, words }) => Array.from({ length: words }, (_, i) => index + i)));
            expect([operation.name, [...seen].filter((index) => !named.has(index))]).toEqual([operation.name, []]);
            asked.add(operation.name);
          }
      }),
      { numRuns: 80 },
    );
    expect(asked.size).toBeGreaterThan(3);
  });
});

/** Registers that note which of them are read. */
function spy(regs: Uint32Array, seen: Set<number>): Uint32Array {
  return new Proxy(regs, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) {
        seen.add(Number(key));
        return target[Number(key)];
      }
      if (key === 'subarray' || key === 'slice')
        return (from: number, to: number) => {
          for (let i = from; i < to; i++) seen.add(i);
          return target[key](from, to);
        };
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
