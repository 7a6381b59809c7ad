/** `packetwalk trace --why-not`: what kept each rule that could have brought something about from doing so. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { packetwalk } from '../support/command-line.ts';

const files = {
  gateway: readFileSync(new URL('../support/gateway.snapshot', import.meta.url), 'utf8'),
  installed: readFileSync('public/examples/kube-ovn-installed/node.snapshot', 'utf8'),
  'unknown.save': '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp -m set --match-set nowhere src -j DROP\nCOMMIT\n',
};
/** A pod of the policy rule that says forward (ux J1), and one of the rule that says nat. */
const forwardPod = 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443';
const natPod = 'ovn0 tcp 10.0.11.130:4200 > 8.8.8.8:443';

/** The lines below the question, once for each packet. */
async function answers(wish: string, words: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { status, out, err } = await packetwalk(['trace', ...words, '--why-not', wish], { files });
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out
    .split('\nwhy not ')
    .slice(1)
    .map((part) => (part.split('\n\n')[0] as string).split('\n').slice(1));
}

describe('--why-not', () => {
  test('SNAT: the policy rule returned before it, and each jump to what masquerades failed', async () => {
    const [lines = []] = await answers('snat', ['installed', forwardPod]);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}– nat\/OVN-POSTROUTING\/11 +not reached: left before it, by nat\/OVN-POSTROUTING\/10 RETURN$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}– nat\/OVN-MASQUERADE\/2 +not reached: nothing led into OVN-MASQUERADE$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}– {3}nat\/OVN-POSTROUTING\/9 +did not match: .*mark 0x90002 & 0x90001 is 0x90000, needs 0x90001$/));
  });
  test('it did happen: the rule that did it; its answer is not asked again', async () => {
    const [first = [], second = []] = await answers('snat', ['installed', natPod, '--reply']);
    expect(first[0]).toMatch(/✓ nat\/OVN-MASQUERADE\/2 +it did: MASQUERADE --random-fully matched/);
    expect(second.length).toBeGreaterThan(1);
    for (const line of second) expect(line).toContain('not asked: ESTABLISHED');
  });
  test('a mark, with its mask or alone, and a rule by its address', async () => {
    const [marks = []] = await answers('0x90001/0x90001', ['installed', forwardPod]);
    expect(marks).toHaveLength(1);
    expect(marks[0]).toMatch(/nat\/OVN-NAT-PSUBNET-\w+\/2 +did not match: .*10\.0\.11\.2 is in no entry of/);
    expect(await answers('0x90001', ['installed', forwardPod])).toEqual([marks]);
    const [rule = []] = await answers('nat/OVN-POSTROUTING/9', ['installed', forwardPod]);
    expect(rule).toHaveLength(1);
    expect(rule[0]).toContain('needs 0x90001');
  });
  test('another hook, another family, nothing that could do it, a rule that cannot be decided', async () => {
    expect((await answers('filter/INPUT/1', ['installed', forwardPod]))[0]?.[0]).toMatch(/not asked: the packet does not pass INPUT/);
    expect(await answers('ip6:nat/OVN-MASQUERADE/2', ['installed', forwardPod])).toEqual([['  – it is asked for IPv6 alone']]);
    expect(await answers('reject', ['unknown.save', 'eth0 tcp 192.0.2.9:1 > 198.51.100.1:80'])).toEqual([['  – no rule of this node could have done it']]);
    expect((await answers('drop', ['unknown.save', 'eth0 tcp 192.0.2.9:1 > 198.51.100.1:80']))[0]?.[0]).toMatch(/^ {2}\? filter\/FORWARD\/1 +cannot be decided/);
  });
  test.each([
    ['sant', '--why-not: no outcome "sant"; did you mean "snat"?'],
    ['nat/OVN-POSTROUTIN/1', '--why-not: the node has no rule "nat/OVN-POSTROUTIN/1"; did you mean chain OVN-POSTROUTING?'],
    ['nat/OVN-MASQUERADE/9', '--why-not: the node has no rule "nat/OVN-MASQUERADE/9"; chain OVN-MASQUERADE has rules 1 to 2'],
    ['0x1ffffffff', '--why-not: no outcome "0x1ffffffff"; write one of snat|dnat|accept|drop|reject|tproxy|MARK/MASK|TABLE/CHAIN/N'],
    ['4294967296', '--why-not: a mark has 32 bits, "4294967296" has more'],
  ])('%s is refused, with a way out', async (wish, message) => {
    const { status, err } = await packetwalk(['trace', 'installed', forwardPod, '--why-not', wish], { files });
    expect({ status, err }).toEqual({ status: 2, err: `packetwalk: ${message}\n` });
  });
  test('JSON has every reason already', async () => {
    const { status, out } = await packetwalk(['trace', 'installed', forwardPod, '--why-not', 'snat', '--json'], { files });
    expect(status).toBe(2);
    expect(out).toContain('--why-not and --json exclude each other');
  });
});
