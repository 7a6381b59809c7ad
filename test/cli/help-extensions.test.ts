/** `packetwalk help extensions`: what the declarations of the extensions say. */

import { expect, test } from 'vitest';
import { MATCHES, TARGETS } from '../../engine/index.ts';
import { packetwalk } from '../support/command-line.ts';

const help = async (...words: string[]) => packetwalk(['help', 'extensions', ...words]);

test('every match and target is listed, with what is not modelled of it', async () => {
  const { status, out } = await help();
  expect(status).toBe(0);
  for (const { name, notModelled } of [...MATCHES, ...TARGETS])
    expect(out).toMatch(new RegExp(`^  ${name} +ipv[46].*  ${notModelled === undefined ? 'walked' : 'in part: '}`, 'm'));
});

test('one is told with its options, in tables and hooks, with partners and opposites', async () => {
  const { out } = await help('TPROXY');
  expect(out).toMatch(/^-j TPROXY$/m);
  expect(out).toMatch(/^tables +mangle$/m);
  expect(out).toMatch(/^hooks +PREROUTING$/m);
  const tcp = (await help('tcp')).out;
  expect(tcp).toMatch(/^needs +-p tcp$/m);
  expect(tcp).toMatch(/^ {2}\[!\] --dport port\[:port\] +.*also --destination-port/m);
  expect(tcp).toMatch(/^ {2}\[!\] --syn +.*not with --tcp-flags/m);
  expect((await help('SET')).out).toMatch(/^-j SET$/m);
  expect((await help('SET')).out).not.toMatch(/^-m set$/m);
  expect((await help('hash:net')).out).toMatch(/^ipset create NAME hash:net$/m);
});

test('a name that is none is answered with the nearest', async () => {
  expect(await help('contrack')).toEqual({ status: 2, out: '', err: 'packetwalk: no match, target or set type "contrack" is modelled; did you mean "conntrack"?\n' });
});
