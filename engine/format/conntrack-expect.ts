/**
 * Expectations as `conntrack -L expect` prints them (conntrack-tools 1.4.7; libnetfilter_conntrack expect/snprintf_default.c).
 * It prints the ports of three tuples under the same words: those of what is expected, their mask, those of the master.
 */

import type { Tuple } from '../model/conntrack.ts';
import type { Expectation } from '../model/expectation.ts';
import { parseAddress } from '../net/address.ts';
import { hasPorts } from '../net/protocol.ts';
import { eachLine, quoted, refuseLine, report, spanAt, type Report } from './text.ts';

const NUMBER = /^\d+$/;
const PORTS = new Set(['sport', 'dport']);
/** Words that begin a tuple. */
const STARTS: Readonly<Record<string, keyof Tuples>> = { src: 'expected', 'mask-src': 'mask', 'master-src': 'master' };

interface Tuples {
  expected?: Map<string, string>;
  mask?: Map<string, string>;
  master?: Map<string, string>;
}

export function parseExpectations(text: string, line: number, to: Report): Expectation[] {
  const found: Expectation[] = [];
  eachLine(text, line, (source, number) => {
    if (source.trim() === '' || source.startsWith('conntrack v')) return;
    const expectation = parseExpectation(source, number, to);
    if (expectation) found.push(expectation);
  });
  return found;
}

function parseExpectation(source: string, line: number, to: Report): Expectation | null {
  const fail = (message: string): null => {
    refuseLine(to, source, line, message, 'take the lines as "conntrack -L expect" prints them');
    return null;
  };
  const tuples: Tuples = {};
  let current: Map<string, string> | null = null;
  let timeout: number | null = null;
  let proto: number | null = null;
  let helper: string | null = null;
  let zone = 0;
  let wrong: string | null = null;
  const flags = new Set<string>();
  for (const [i, word] of source.trim().split(/\s+/).entries()) {
    const equals = word.indexOf('=');
    const key = word.slice(0, Math.max(0, equals));
    const value = word.slice(equals + 1);
    const start = STARTS[key];
    if (equals < 0 && i === 0 && NUMBER.test(word)) timeout = Number(word);
    else if (equals < 0) for (const flag of word.split(',')) flags.add(flag);
    else if (key === 'proto') proto = NUMBER.test(value) ? Number(value) : null;
    else if (key === 'helper') helper = value;
    else if (key === 'zone') zone = NUMBER.test(value) ? Number(value) : Number.NaN;
    else if (start !== undefined) {
      current = new Map([['src', value]]);
      tuples[start] = current;
    } else if (key === 'class') current = null;
    else if (current) {
      current.set(key.replace(/^(mask|master)-/, ''), value);
      if (PORTS.has(key) && !(NUMBER.test(value) && Number(value) <= 0xffff)) wrong ??= word;
    }
  }
  if (proto === null || proto > 255) return fail('an expectation has "proto=" and a protocol number');
  if (wrong !== null) return fail(`${quoted(wrong)} of this expectation is no port`);
  const { expected, mask, master } = tuples;
  if (!expected || !mask || !master) return fail('an expectation has "src=", "mask-src=" and "master-src="');
  const tuple = tupleOf(expected, proto);
  const of = tupleOf(master, proto);
  const sourceMask = parseAddress(mask.get('src') ?? '');
  if (!tuple || !of || !sourceMask || tuple.family !== of.family || sourceMask.family !== tuple.family) return fail('an address of this expectation cannot be read');
  if (!Number.isInteger(zone)) return fail(`${quoted(source.trim())}: the zone is a number`);
  for (const flag of flags) {
    if (FLAGS.includes(flag)) continue;
    const at = source.indexOf(flag);
    report(to, 'note', 'not-modelled', spanAt(source, line, at, at + flag.length), `${quoted(flag)} of an expectation is not modelled`, 'the walk takes no account of it');
  }
  return {
    tuple,
    sourceMask: sourceMask.words,
    portMask: portOf(mask, 'sport'),
    master: of,
    zone,
    helper,
    permanent: flags.has('PERMANENT'),
    inactive: flags.has('INACTIVE'),
    timeout,
    privatePort: null,
    origin: 'snapshot',
  };
}

const FLAGS: readonly string[] = ['PERMANENT', 'INACTIVE', 'USERSPACE'];

const portOf = (fields: ReadonlyMap<string, string>, key: string): number => Number(fields.get(key) ?? 0) & 0xffff;

function tupleOf(fields: ReadonlyMap<string, string>, proto: number): Tuple | null {
  const src = parseAddress(fields.get('src') ?? '');
  const dst = parseAddress(fields.get('dst') ?? '');
  if (!src || !dst || src.family !== dst.family) return null;
  return { family: src.family, proto, src: src.words, dst: dst.words, sport: hasPorts(proto) ? portOf(fields, 'sport') : 0, dport: hasPorts(proto) ? portOf(fields, 'dport') : 0 };
}
