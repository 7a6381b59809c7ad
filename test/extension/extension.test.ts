/**
 * Case tables of extensions: `test/extension/*.txt`, one file for each match or target, which a network engineer can edit.
 *
 *     # comment
 *     ipv4                                  families of the lines below: `ipv4`, `ipv6` or `ipv4 ipv6`; at first ipv4
 *     *mangle                               table of the lines below; at first filter
 *     :PREROUTING,OUTPUT                    chains: each line runs in each of them; at first the table's first built-in chain
 *     -N OTHER                              a user-defined chain that the lines below may jump to
 *     create foo hash:ip,port               a set, as `ipset save` prints it, with `add foo …` lines; `{inet}` in it stands for
 *                                           the family (`inet` or `inet6`). Without any, sets are unknown
 *     -p tcp --dport 80 ; -p tcp -m tcp --dport 80 ; OK
 *     -p tcp -m tcp --dport 80 ; = ; OK
 *     -p tcp --dport 65536 ; ; FAIL bad-value
 *     -m set --match-set foo src ; = ; OK set-dimensions
 *
 * A rule line is what follows `-A CHAIN `, `;` what `iptables-save` prints for it (`=`: the same), `;` the result: `OK`
 * (with the code of a warning, if one is expected), or `FAIL` with the code of the error. A `;` inside double quotes does
 * not separate. Expectations come from iptables 1.8.9 and the kernel, never from this program's own output.
 * For every `OK` line it is also tested that the saved form reads back to itself. What a packet makes of a rule is asked in
 * test/kernel (option-cases.ts).
 */

import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MATCHES, TARGETS } from '../../engine/extension/index.ts';
import { parseNode } from '../../engine/format/node.ts';
import { BUILTIN_CHAINS, isTableName } from '../../engine/model/hook.ts';
import type { Family } from '../../engine/net/address.ts';

interface Case {
  readonly line: number;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly userChains: readonly string[];
  readonly sets: readonly string[];
  readonly rule: string;
  readonly saved: string;
  readonly result: string;
}

/** Splits at semicolons outside double quotes. */
function columns(line: string): string[] {
  const parts = [''];
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i] as string;
    if (char === '\\' && quoted) parts[parts.length - 1] += char + (line[++i] ?? '');
    else if (char === ';' && !quoted) parts.push('');
    else {
      if (char === '"') quoted = !quoted;
      parts[parts.length - 1] += char;
    }
  }
  return parts.map((part) => part.trim());
}

function readTable(text: string): Case[] {
  const cases: Case[] = [];
  let families: Family[] = ['ipv4'];
  let table = 'filter';
  let chains: string[] = [];
  let sets: string[] = [];
  let userChains: string[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const number = index + 1;
    if (line === '' || line.startsWith('#')) continue;
    if (/^(ipv[46])( ipv[46])?$/.test(line)) families = line.split(' ') as Family[];
    else if (line.startsWith('*')) {
      table = line.slice(1).trim();
      if (!isTableName(table)) throw new Error(`line ${number}: there is no table "${table}"`);
      chains = [];
      userChains = [];
    } else if (line.startsWith(':'))
      chains = line
        .slice(1)
        .split(',')
        .map((name) => name.trim());
    else if (line.startsWith('-N ')) userChains = [...userChains, line.slice(3).trim()];
    else if (/^(create|add) /.test(line)) sets = [...sets, line];
    else {
      const [rule = '', saved = '', result = '', ...more] = columns(line);
      if (more.length > 0 || !/^(OK( [a-z-]+)?|FAIL [a-z-]+)$/.test(result))
        throw new Error(`line ${number}: a rule line is "RULE ; SAVED ; OK" or "RULE ; ; FAIL code", this is: ${line}`);
      const at = chains.length > 0 ? chains : [isTableName(table) ? (BUILTIN_CHAINS[table][0] as string) : 'INPUT'];
      for (const family of families)
        for (const chain of at) cases.push({ line: number, family, table, chain, userChains, sets, rule, saved: saved === '=' ? rule : saved, result });
    }
  }
  return cases;
}

function read({ family, table, chain, userChains, sets }: Case, rule: string) {
  const declared = [...userChains, ...(isTableName(table) && (BUILTIN_CHAINS[table] as readonly string[]).includes(chain) ? [] : [chain])];
  const tables = `==> ${family === 'ipv6' ? 'ip6tables-save' : 'iptables-save'} <==\n*${table}\n${declared.map((name) => `:${name} - [0:0]\n`).join('')}-A ${chain} ${rule}\nCOMMIT\n`;
  const setText = sets.length === 0 ? '' : `==> ipset save <==\n${sets.map((line) => `${line.replace('{inet}', family === 'ipv6' ? 'inet6' : 'inet')}\n`).join('')}`;
  const node = parseNode([{ name: 'case', text: tables + setText }]);
  const text = node.tables[0]?.chains.find(({ name }) => name === chain)?.rules[0]?.text ?? null;
  return { text, problems: node.problems };
}

/** Empty if the case holds. */
function judge(found: Case): string[] {
  const { text, problems } = read(found, found.rule);
  const [verdict, code] = found.result.split(' ');
  const errors = problems.filter(({ severity }) => severity === 'error');
  const said = problems.map((problem) => `${problem.code}: ${problem.message}`).join('; ') || 'nothing';
  if (verdict === 'FAIL') return errors.some((problem) => problem.code === code) ? [] : [`expected the error ${code}, it said: ${said}`];
  if (errors.length > 0) return [`expected OK, it said: ${said}`];
  const faults: string[] = [];
  if (code !== undefined && !problems.some((problem) => problem.code === code)) faults.push(`expected the warning ${code}, it said: ${said}`);
  if (code === undefined && problems.some((problem) => problem.severity === 'warning' && problem.code !== 'unknown-sets')) faults.push(`expected no warning, it said: ${said}`);
  if (text !== found.saved) faults.push(`expected "${found.saved}", it prints "${text}"`);
  const again = read(found, found.saved).text;
  if (again !== text) faults.push(`"${text}" reads back as "${again}"`);
  return faults;
}

const folder = new URL('.', import.meta.url);
const tables = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .sort()
  .map((file) => ({ file, cases: readTable(readFileSync(new URL(file, folder), 'utf8')) }));

test.each(tables)('$file', ({ file, cases }) => {
  const faults = cases.flatMap((found) => judge(found).map((fault) => `${file}:${found.line} ${found.family} ${found.table}/${found.chain} "${found.rule}": ${fault}`));
  expect(faults).toEqual([]);
});

test('every match and target has lines that are taken', () => {
  // What the kernel at hand takes from nobody: it has no IPVS (test/emulated has), no accounting objects and no security labels.
  const elsewhere = ['-m ipvs', '-m nfacct', '-j SECMARK'];
  const saved = tables.flatMap(({ cases }) => cases.flatMap((one) => (one.result.startsWith('OK') ? [` ${one.saved} `] : [])));
  const wanted = [...MATCHES.map(({ name }) => `-m ${name}`), ...TARGETS.map(({ name }) => `-j ${name}`)];
  expect(wanted.filter((words) => !saved.some((text) => text.includes(` ${words} `)))).toEqual(elsewhere);
});

describe('the case table itself', () => {
  const judged = (text: string) => readTable(text).flatMap(judge);
  test('a case that holds says nothing', () => {
    expect(judged('*filter\n:INPUT,FORWARD\n-p tcp --dport http ; -p tcp -m tcp --dport 80 ; OK\n-p tcp --dport 65536 ; ; FAIL bad-value')).toEqual([]);
    expect(judged('ipv4 ipv6\n-m comment --comment "a;b" -j ACCEPT ; = ; OK')).toEqual([]);
  });
  test('wrong expectations are told', () => {
    expect(judged('-p tcp --dport 80 ; = ; OK')).toHaveLength(1);
    expect(judged('-p tcp --dport 80 ; -p tcp -m tcp --dport 80 ; FAIL bad-value')).toHaveLength(1);
    expect(judged('-p tcp --dprt 80 ; = ; OK')).toHaveLength(1);
    expect(judged('create foo hash:ip,port\n-m set --match-set foo src ; = ; OK')).toHaveLength(1);
    expect(() => readTable('-p tcp ; = ; MAYBE')).toThrow('line 1');
  });
  test('sets and user-defined chains stand by', () => {
    expect(judged('create foo hash:ip,port family {inet}\n-N SERVICES\nipv4 ipv6\n-m set --match-set foo src,dst -g SERVICES ; = ; OK')).toEqual([]);
  });
});
