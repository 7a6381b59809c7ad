/** `bridge fdb show` with and without -j, as iproute2 6.1 printed them on Linux 6.18. */

import { describe, expect, it, test } from 'vitest';
import { parseNode } from '../../../engine/index.ts';

const JSON_LIST =
  '[{"mac":"33:33:00:00:00:01","ifname":"pa","flags":["self"],"state":"permanent"},{"mac":"02:00:00:00:AA:02","ifname":"pa","flags":[],"master":"br0","state":"static"},{"mac":"02:00:00:00:0b:01","ifname":"pa","vlan":1,"flags":[],"master":"br0","state":"permanent"}]';
const LINES = '33:33:00:00:00:01 dev pa self permanent\n02:00:00:00:AA:02 dev pa master br0 static\n02:00:00:00:0b:01 dev pa vlan 1 master br0 permanent\n';
const nodeOf = (text: string) => parseNode([{ name: 'node.snapshot', text }]);
const ENTRIES = [
  { mac: '02:00:00:00:aa:02', port: 'pa', bridge: 'br0' },
  { mac: '02:00:00:00:0b:01', port: 'pa', bridge: 'br0' },
];

describe('bridge fdb show', () => {
  test.each([
    ['bridge -j fdb show', JSON_LIST],
    ['bridge fdb show', LINES],
    ['bridge fdb', LINES],
  ])('%s: the entries of bridges', (header, text) => {
    const node = nodeOf(`==> ${header} <==\n${text}`);
    expect(node.problems).toEqual([]);
    expect(node.forwarding).toEqual(ENTRIES);
  });

  it('is known by its content', () => {
    for (const text of [JSON_LIST, LINES]) expect(nodeOf(text).sections[0]?.kind).toBe('bridge fdb');
  });

  it('names what is none', () => {
    const { problems } = nodeOf('==> bridge fdb show <==\n02:00:00:00:aa:02 master br0\nnonsense dev pa master br0\n');
    expect(problems.map((one) => [one.severity, one.line])).toEqual([
      ['error', 2],
      ['error', 3],
    ]);
  });
});
