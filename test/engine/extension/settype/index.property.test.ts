/** The compiled index and a plain scan over the entries give the same answer, on random sets, packets and changes. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addEntry, deleteEntry, entryText, listEntries, NOT_IN_SET, testSet, type SetContext, type SetState } from '../../../../engine/extension/settype/index.ts';
import { createSetState } from '../../../../engine/extension/settype/state.ts';
import type { SetTest } from '../../../../engine/model/test.ts';
import { formatIpv4, parseIpv4 } from '../../../../engine/net/address.ts';
import { readSet, registers } from './reading.ts';

/** Few addresses and lengths, so that entries and packets meet. */
const address = fc.integer({ min: 0, max: 255 }).map((n) => formatIpv4((10 << 24) + ((n >> 6) << 22) + ((n & 63) << 1)));
const length = fc.constantFrom(6, 8, 10, 16, 24, 29, 31, 32);
const port = fc.integer({ min: 1, max: 4 });
const net = fc.tuple(address, length).map(([a, l]) => `${a}/${l}`);
const flag = fc.constantFrom('', '', '', ' nomatch');

const CONTEXT: SetContext = { family: 'ipv4', now: 0, interfaceName: () => '', setState: () => undefined, hits: null, unknown: null };
const inside = (block: string, host: string): boolean => {
  const [base = '', bits = '32'] = block.split('/');
  return Math.floor(parseIpv4(base) / 2 ** (32 - Number(bits))) === Math.floor(parseIpv4(host) / 2 ** (32 - Number(bits)));
};
const bitsOf = (block: string): number => Number(block.split('/')[1] ?? 32);

interface Query {
  readonly src: string;
  readonly dst: string;
  readonly port: number;
}
const query: fc.Arbitrary<Query> = fc.record({ src: address, dst: address, port });

/** Of the entries that hold the packet, the one with the longest prefixes, first dimension first. */
function scan(entries: readonly string[], { src, dst, port: p }: Query): string | null {
  const fits = entries.filter((entry) => {
    const [element = ''] = entry.split(' ');
    const [first = '', second, third] = element.split(',');
    return inside(first, src) && (second === undefined || (second.startsWith('tcp:') ? second === `tcp:${p}` : inside(second, dst))) && (third === undefined || inside(third, dst));
  });
  const rank = (entry: string): number => {
    const blocks = (entry.split(' ')[0] as string).split(',').filter((piece) => !piece.startsWith('tcp:'));
    return bitsOf(blocks[0] as string) * 64 + (blocks[1] ? bitsOf(blocks[1]) : 0);
  };
  fits.sort((a, b) => rank(b) - rank(a));
  const best = fits[0];
  return best === undefined || best.endsWith('nomatch') ? null : best;
}

const TYPES: readonly { readonly type: string; readonly sides: readonly ('src' | 'dst')[]; readonly element: fc.Arbitrary<string> }[] = [
  { type: 'hash:ip', sides: ['src'], element: address },
  { type: 'hash:net', sides: ['src'], element: fc.tuple(net, flag).map(([n, f]) => n + f) },
  { type: 'hash:ip,port', sides: ['src', 'dst'], element: fc.tuple(address, port).map(([a, p]) => `${a},${p}`) },
  { type: 'hash:net,port', sides: ['src', 'dst'], element: fc.tuple(net, port, flag).map(([n, p, f]) => `${n},${p}${f}`) },
  { type: 'hash:ip,port,ip', sides: ['src', 'dst', 'dst'], element: fc.tuple(address, port, address).map(([a, p, b]) => `${a},${p},${b}`) },
  { type: 'hash:ip,port,net', sides: ['src', 'dst', 'dst'], element: fc.tuple(address, port, net, flag).map(([a, p, n, f]) => `${a},${p},${n}${f}`) },
  { type: 'hash:net,net', sides: ['src', 'dst'], element: fc.tuple(net, net, flag).map(([a, b, f]) => `${a},${b}${f}`) },
  { type: 'hash:net,port,net', sides: ['src', 'dst', 'dst'], element: fc.tuple(net, port, net, flag).map(([a, p, b, f]) => `${a},${p},${b}${f}`) },
];

/** Without entries that would be refused as already added. */
function stateOf(type: string, elements: readonly string[]): SetState {
  const kept: string[] = [];
  for (const element of elements) {
    try {
      readSet(`create s ${type}`, ...kept, `add s ${element}`);
      kept.push(`add s ${element}`);
    } catch (error) {
      expect((error as Error).message).toContain('already added');
    }
  }
  return createSetState(readSet(`create s ${type}`, ...kept));
}

test.each(TYPES)('$type: index and scan agree', ({ type, sides, element }) => {
  const setTest: SetTest = { op: 'set', set: 's', sides, returnNomatch: false, updateCounters: true, counters: [] };
  fc.assert(
    fc.property(fc.array(element, { maxLength: 12 }), fc.array(fc.tuple(fc.constantFrom('ask', 'ask', 'add', 'del'), query), { maxLength: 20 }), (elements, steps) => {
      let state = stateOf(type, elements);
      for (const [step, q] of steps) {
        const regs = registers(`tcp ${q.src}:7 > ${q.dst}:${q.port}`);
        if (step === 'add') state = addEntry(state, sides, regs, CONTEXT, { exist: false, timeout: null });
        else if (step === 'del') state = deleteEntry(state, sides, regs, CONTEXT);
        const position = testSet(setTest, state, regs, CONTEXT);
        expect(position === NOT_IN_SET ? null : entryText(state, position)).toBe(scan(listEntries(state, 0), q));
      }
    }),
    { numRuns: 200 },
  );
});
