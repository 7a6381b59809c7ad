/** Which data stand in a text, and which of them are shown together. */

import { describe, expect, test } from 'vitest';
import { dataIn, isLinked } from '../../app/text/data.ts';

const NAMES = new Set(['OVN-POSTROUTING', 'POSTROUTING', 'ovn40subnets']);
const found = (text: string): readonly string[] => dataIn(text, NAMES).map((datum) => datum.text);
const linked = (one: string, other: string): boolean => isLinked({ at: 0, text: one }, { at: 0, text: other });

describe('data in a text', () => {
  test.each([
    ['10.0.11.2:4200 → 8.8.8.8:443 tcp · by eth0 · mark 0x90002', ['10.0.11.2', '8.8.8.8', '0x90002']],
    ['[fd00:192::1]:443 leaves as fd00::2.', ['fd00:192::1', 'fd00::2']],
    ['src 10.0.11.2 is in ovn40subnets (10.0.11.0/30), at 10:20:30', ['10.0.11.2', 'ovn40subnets', '10.0.11.0/30']],
    ['nat/OVN-POSTROUTING/10 and POSTROUTING/1, not POSTROUTINGS', ['nat/OVN-POSTROUTING/10', 'POSTROUTING/1']],
    ['--mark 0x90002/0x90002 -j RETURN', ['0x90002/0x90002']],
    ['rule 10 of 12', []],
  ])('%s', (text, data) => {
    expect(found(text)).toEqual(data);
    for (const { at, text: one } of dataIn(text, NAMES)) expect(text.slice(at, at + one.length)).toBe(one);
  });
});

describe('what belongs together', () => {
  test.each([
    ['10.0.11.2', '10.0.11.0/30', true],
    ['10.0.11.4', '10.0.11.0/30', false],
    ['10.0.11.0/24', '10.0.11.128/26', true],
    ['10.0.11.2', '0.0.0.0/0', false],
    ['fd00::2', 'fd00::/16', true],
    ['10.0.11.2', 'fd00::/16', false],
    // 0x90003 has all bits of 0x90001 and of 0x90002; 0x90002 has not those of 0x90001.
    ['0x90003', '0x90001/0x90001', true],
    ['0x90002', '0x90001/0x90001', false],
    ['0x0', '0x0/0xff', false],
    ['nat/OVN-POSTROUTING/10', 'OVN-POSTROUTING', true],
    ['OVN-POSTROUTING/10', 'nat/OVN-POSTROUTING/9', false],
    ['POSTROUTING', 'OVN-POSTROUTING', false],
  ])('%s and %s: %s', (one, other, together) => {
    expect(linked(one, other)).toBe(together);
    expect(linked(other, one)).toBe(together);
  });
});
