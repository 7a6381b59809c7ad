/**
 * Rule sets found in public places, read whole. They are other people's text and lie beside the repository; without them
 * the test is skipped. What iptables-restore said about each is in their index; the lines below repeat it.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseNode, printNode } from '../../../engine/format/node.ts';
import { CORPUS, corpusFiles } from '../../support/rule-corpus.ts';

const files = corpusFiles('.rules');
const read = (name: string) => readFileSync(`${CORPUS}/${name}`, 'utf8');

/** Files that iptables-restore 1.8.9 refused, and why. */
const REFUSED: Readonly<Record<string, string>> = { '39-shadowsocks-chnroute.rules': 'host/network "x.x.x.x" not found' };

describe.skipIf(files.length === 0)('rule sets from public places', () => {
  test.each(files)('%s: refused as iptables-restore refuses it, and saved the same twice', (name) => {
    const node = parseNode([{ name, text: read(name) }]);
    const errors = node.problems.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual(REFUSED[name] === undefined ? [] : [REFUSED[name]]);
    const saved = printNode(node).text;
    const again = parseNode([{ name, text: saved }]);
    expect(again.problems.filter(({ code }) => code !== 'unknown-sets')).toEqual([]);
    expect(printNode(again).text).toBe(saved);
    const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
    // Lists of addresses make more rules than lines, insertions move them; only lines with errors are lost.
    expect(count(saved, /^(\[\d+:\d+\] ?)?-A /gm)).toBeGreaterThanOrEqual(count(read(name).replaceAll('\r', ''), /^(\[\d+:\d+\] ?)?-[AI] /gm) - errors.length);
  });

  test('an error names its line', () => {
    const name = '39-shadowsocks-chnroute.rules';
    const text = read(name);
    const [problem] = parseNode([{ name, text }]).problems.filter(({ severity }) => severity === 'error');
    expect(text.split('\n')[(problem?.line ?? 0) - 1]).toContain('x.x.x.x');
  });
});
