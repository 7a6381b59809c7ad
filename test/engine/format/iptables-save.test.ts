/**
 * Reading and printing of iptables-save text. Every expectation was seen with iptables 1.8.9 on Linux 6.18: the saved form is
 * what `iptables-legacy-save` and `iptables-nft-save` printed, an error is what both (or legacy, where they differ) refused.
 */

import { describe, expect, test } from 'vitest';
import { parseIptablesSave, printTable } from '../../../engine/format/iptables-save.ts';
import { parseNode, printNode } from '../../../engine/format/node.ts';
import type { Family } from '../../../engine/net/address.ts';

const parse = (text: string, family: Family = 'ipv4') => parseIptablesSave(text, { family });
const table = (name: string, ...lines: string[]) => `*${name}\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`;
/** Rules of table filter as they are saved. */
const saved = (...lines: string[]) => {
  const { tables } = parse(table('filter', ...lines));
  return tables.flatMap((found) =>
    printTable(found)
      .split('\n')
      .filter((line) => line.startsWith('-A') || line.startsWith('[')),
  );
};
const problems = (...lines: string[]) => parse(table('filter', ...lines)).problems.map(({ severity, code, line, column }) => `${severity} ${code} ${line}:${column}`);

describe('canonical form', () => {
  test.each([
    ['-A INPUT -s 10.0.0.5/24', '-A INPUT -s 10.0.0.0/24'],
    ['-A INPUT -s 1.1.1.1', '-A INPUT -s 1.1.1.1/32'],
    ['-A INPUT -s 10/8', '-A INPUT -s 10.0.0.0/8'],
    ['-A INPUT -s 010.0x10.1.1/8', '-A INPUT -s 8.0.0.0/8'],
    ['-A INPUT -s 10.0.0.0/255.255.0.255', '-A INPUT -s 10.0.0.0/255.255.0.255'],
    ['-A INPUT -s 0/0 -p all -i +', '-A INPUT'],
    ['-A INPUT ! -s 0.0.0.0/0', '-A INPUT ! -s 0.0.0.0/0'],
    ['-A INPUT ! -i +', '-A INPUT'],
    ['-A INPUT -p 99', '-A INPUT -p 99'],
    ['-A INPUT -p TCP', '-A INPUT -p tcp'],
    ['-A INPUT -j ACCEPT -p tcp ! -f -o eth0 -i e+ -d 1.1.1.1 -s 2.2.2.2'.replace(' -o eth0', ''), '-A INPUT -s 2.2.2.2/32 -d 1.1.1.1/32 -i e+ -p tcp ! -f -j ACCEPT'],
    ['-A INPUT -p tcp --dport http', '-A INPUT -p tcp -m tcp --dport 80'],
    ['-A INPUT -p tcp --dport=80', '-A INPUT -p tcp -m tcp --dport 80'],
    ['-A INPUT -p tcp -j ACCEPT --dport 1', '-A INPUT -p tcp -m tcp --dport 1 -j ACCEPT'],
    ['-A INPUT --src 1.1.1.1 --in-interface e+ --prot tcp --jum ACCEPT', '-A INPUT -s 1.1.1.1/32 -i e+ -p tcp -j ACCEPT'],
    ['-A INPUT -p tcp -m multiport --dport 80', '-A INPUT -p tcp -m multiport --dports 80'],
    ['-A INPUT -mcomment --comment a', '-A INPUT -m comment --comment a'],
    ['-A INPUT -m comment --comment a -m comment --comment b', '-A INPUT -m comment --comment a -m comment --comment b'],
    ['-A INPUT -m comment --comment --dport', '-A INPUT -m comment --comment --dport'],
    ['  -A INPUT -v', '-A INPUT'],
    ['-A INPUT -c 1,2 -j ACCEPT', '[1:2] -A INPUT -j ACCEPT'],
    ['-A INPUT -c 3 4', '[3:4] -A INPUT'],
    ['[5:6]-A INPUT', '[5:6] -A INPUT'],
    ['[5:6] -A INPUT', '[5:6] -A INPUT'],
  ])('%s', (line, expected) => {
    expect(saved(line)).toEqual([expected]);
    expect(saved(expected)).toEqual([expected]);
  });

  test('a list of addresses is a rule for each pair, sources first', () => {
    expect(saved('-A INPUT -s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4')).toEqual([
      '-A INPUT -s 1.1.1.1/32 -d 3.3.3.3/32',
      '-A INPUT -s 1.1.1.1/32 -d 4.4.4.4/32',
      '-A INPUT -s 2.2.2.2/32 -d 3.3.3.3/32',
      '-A INPUT -s 2.2.2.2/32 -d 4.4.4.4/32',
    ]);
    expect(saved('-I INPUT -s 1.1.1.1,2.2.2.2')).toEqual(['-A INPUT -s 2.2.2.2/32', '-A INPUT -s 1.1.1.1/32']);
  });

  test('IPv6 addresses', () => {
    const { tables, problems: found } = parse(table('filter', '-A INPUT -s FD00:0::1 -d fd00::/ffff:: ! -p 58', '-A INPUT -s ::/0'), 'ipv6');
    expect(found).toEqual([]);
    expect(tables[0]?.chains[0]?.rules.map(({ text }) => text)).toEqual(['-s fd00::1/128 -d fd00::/16 ! -p ipv6-icmp', '']);
  });

  test('chains: built-in ones in hook order, then the others bytewise', () => {
    const text = parse(table('filter', ':ZZ - [0:0]', ':aa - [7:8]', ':MM - [0:0]', ':FORWARD DROP [3:4]', '-A aa -j ZZ', '-A INPUT -j MM')).tables.map((found) =>
      printTable(found),
    );
    expect(text).toEqual(['*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [3:4]\n:OUTPUT ACCEPT [0:0]\n:MM - [0:0]\n:ZZ - [0:0]\n:aa - [0:0]\n-A INPUT -j MM\n-A aa -j ZZ\nCOMMIT\n']);
  });
});

describe('commands', () => {
  test('insert, replace, delete, rename, flush', () => {
    expect(saved('-A INPUT -d 1.1.1.1', '-A INPUT -d 2.2.2.2', '-R INPUT 1 -s 9.9.9.9', '-D INPUT -d 2.2.2.2')).toEqual(['-A INPUT -s 9.9.9.9/32']);
    expect(saved('-A INPUT -p tcp', '-I INPUT -p udp', '-I INPUT 2 -p 99')).toEqual(['-A INPUT -p udp', '-A INPUT -p 99', '-A INPUT -p tcp']);
    expect(saved('-N a', '-A INPUT -j a', '-E a b')).toEqual(['-A INPUT -j b']);
    // -E asks less about a name than -N.
    expect(problems('-N a', '-E a LOG')).toEqual([]);
    expect(problems('-N a', '-E a DROP')).toEqual(['error bad-chain 3:6']);
    expect(saved('-A INPUT -p tcp', '-F INPUT', '-A INPUT -p udp', '-D INPUT 1')).toEqual([]);
    expect(problems('-N a', '-A INPUT -j a', '-X a')).toEqual(['error bad-chain 4:4']);
    expect(problems('-N a', '-X a', '-A INPUT -j a')).toEqual(['error missing-chain 4:13']);
  });

  test('policies', () => {
    const policies = parse(table('filter', '-P INPUT DROP', ':FORWARD DROP')).tables[0]?.chains.map(({ name, policy }) => `${name} ${policy}`);
    expect(policies).toEqual(['INPUT DROP', 'FORWARD DROP', 'OUTPUT ACCEPT']);
    expect(parse(table('nat', ':PREROUTING DROP [0:0]')).problems).toEqual([]);
    expect(parse(table('nat', '-P PREROUTING DROP')).problems.map(({ code }) => code)).toEqual(['wrong-table']);
  });

  test('a line of the other family is passed over', () => {
    expect(saved('-A INPUT -6 -s ::1', '-A INPUT -4 -p tcp')).toEqual(['-A INPUT -p tcp']);
    expect(problems('-A INPUT -6 -s ::1')).toEqual([]);
    expect(problems('-A INPUT -j INPUT -6')).toEqual([]);
    // iptables-legacy-restore 1.8.9: "Couldn't load target `NONE'"; iptables-nft-restore looks for it at the end, and so never.
    expect(problems('-A INPUT -j NONE -6')).toHaveLength(1);
    expect(problems('-A INPUT -g NONE -6')).toHaveLength(1);
    // iptables-restore 1.8.9: "Bad argument `word'".
    expect(problems('-A INPUT -j NONE word -6')).toHaveLength(1);
  });

  test('a table read again replaces the first and keeps its policies', () => {
    const { tables } = parse(`${table('filter', ':INPUT DROP [0:0]', ':X - [0:0]', '-A INPUT -j X')}${table('filter', '-A FORWARD -p tcp')}`);
    expect(tables.map((found) => printTable(found))).toEqual(['*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -p tcp\nCOMMIT\n']);
  });
});

describe('what is refused', () => {
  test.each([
    ['-A INPUT -s x.x.x.x', 'error bad-value 2:13'],
    ['-A INPUT -s 1.1.1.1/33', 'error bad-value 2:13'],
    ['-A INPUT -s !1.1.1.1', 'error bad-value 2:13'],
    ['-A INPUT -s ! 1.1.1.1', 'error bad-inversion 2:13'],
    ['-A INPUT ! ! -s 1.1.1.1', 'error bad-inversion 2:12'],
    ['-A INPUT ! -j ACCEPT', 'error bad-inversion 2:10'],
    ['-A INPUT ! -m tcp', 'error bad-inversion 2:10'],
    ['-A INPUT ! -s 1.1.1.1,2.2.2.2', 'error bad-inversion 2:10'],
    ['-A INPUT -m comment ! --comment a', 'error bad-inversion 2:21'],
    ['-A INPUT -s 1.1.1.1 -s 2.2.2.2', 'error duplicate-option 2:21'],
    ['-A INPUT -j ACCEPT -j DROP', 'error duplicate-option 2:20'],
    ['-A INPUT -p tcp -m tcp --dport 1 --dport 2', 'error duplicate-option 2:34'],
    ['-A INPUT -p foo', 'error bad-value 2:13'],
    ['-A INPUT -p 256', 'error bad-value 2:13'],
    ['-A INPUT ! -p all', 'error bad-value 2:10'],
    ['-A INPUT -i ""', 'error bad-value 2:13'],
    ['-A INPUT -i thisinterfaceistoolong0', 'error bad-value 2:13'],
    ['-A INPUT -o eth0', 'error wrong-interface 2:10'],
    ['-A OUTPUT -i eth0', 'error wrong-interface 2:11'],
    ['-A INPUT -ptcp', 'error glued-value 2:10'],
    ['-A INPUT --protocol=tcp', 'error glued-value 2:10'],
    ['-A INPUT -jACCEPT', 'error glued-value 2:10'],
    ['-A INPUT -ieth0', 'warning glued-value 2:10'],
    ['-A INPUT --dport 80', 'error unknown-option 2:10'],
    ['-A INPUT -p tcp --dprot 80', 'error unknown-option 2:17'],
    ['-A INPUT -p tcp --syn=80', 'error unknown-option 2:17'],
    ['-A INPUT --in e+', 'error ambiguous-option 2:10'],
    ['-A INPUT -p tcp --dport', 'error missing-argument 2:17'],
    ['-A INPUT -p tcp --tcp-flags SYN', 'error missing-argument 2:17'],
    ['-A INPUT -m mark', 'error missing-option 2:10'],
    // What is there, and wrong, is not also missing.
    ['-A INPUT -m mark --mark x', 'error bad-value 2:25'],
    ['-A INPUT -m mark --mark', 'error missing-argument 2:18'],
    ['-A INPUT -p tcp -m conntrack ! --ctstate', 'error missing-argument 2:32'],
    ['-A INPUT -j ACCEPT foo', 'error bad-argument 2:20'],
    ['-A INPUT -- foo', 'error bad-argument 2:10'],
    ['A INPUT -j ACCEPT', 'error bad-argument 2:1'],
    ['   ', 'error no-command 2:1'],
    ['-A INPUT -A FORWARD', 'error bad-option 2:10'],
    ['-A INPUT -t nat', 'error bad-option 2:10'],
    ['-A INPUT -n', 'error bad-option 2:10'],
    ['-A INPUT -m nosuch', 'error unknown-match 2:10'],
    ['-A INPUT -m hl --hl-eq 1', 'error unknown-match 2:10'],
    ['-A INPUT -j LATER', 'error missing-chain 2:13'],
    ['-A INPUT -g ACCEPT', 'error missing-chain 2:13'],
    ['-A NOPE -j ACCEPT', 'error missing-chain 2:4'],
    ['-A INPUT -j ""', 'error bad-value 2:10'],
    ['-I INPUT 0', 'error bad-value 2:10'],
    ['-I INPUT 3 -j ACCEPT', 'error bad-rule-number 2:10'],
    ['-D INPUT 5', 'error bad-rule-number 2:10'],
    ['-C INPUT -j ACCEPT', 'error no-such-rule 2:1'],
    ['-N MARK', 'error bad-chain 2:4'],
    ['-N RETURN', 'error bad-chain 2:4'],
    ['-N standard', 'error bad-chain 2:4'],
    [':QUEUE - [0:0]', 'error bad-chain 2:2'],
    ['[1:2] -A INPUT -c 3 4', 'error duplicate-option 2:16'],
    ['-A INPUT -c 1 2 -c 3 4', 'error duplicate-option 2:17'],
    ['-N abcdefghijklmnopqrstuvwxyz123', 'error bad-chain 2:4'],
    [':abcdefghijklmnopqrstuvwxyz123 - [0:0]', 'error bad-chain 2:2'],
    [':X', 'error bad-policy 2:1'],
    [':X ACCEPT [0:0]', 'error bad-policy 2:4'],
    [':INPUT QUEUE', 'error bad-policy 2:8'],
    ['-A INPUT -c ,3', 'error bad-value 2:10'],
    ['-A INPUT -c 3,', 'error bad-value 2:13'],
    ['[1:2 -A FORWARD', 'error bad-counters 2:1'],
    [`-A INPUT ${'-v '.repeat(250)}`, 'error too-long 2:1'],
    // Of a word and a line that are both too long, what comes first.
    [`-A INPUT -m comment --comment ${'x'.repeat(1100)} ${'-v '.repeat(300)}`, 'error too-long 2:31'],
    [`-A INPUT ${'-v '.repeat(300)} -m comment --comment ${'x'.repeat(1100)}`, 'error too-long 2:1'],
  ])('%s', (line, expected) => {
    expect(problems(line)).toEqual([expected]);
  });

  test('a chain must be declared before its use', () => {
    expect(problems('-A INPUT -j LATER', '-N LATER')).toEqual(['error missing-chain 2:13']);
    expect(problems(':u - [0:0]', ':u - [0:0]')).toEqual(['error duplicate-chain 3:2']);
  });

  test('tables that do not begin or end as they should', () => {
    const codes = (text: string) => parse(text).problems.map(({ code, line }) => `${code} ${line}`);
    expect(codes('*filter\n-A INPUT\n')).toEqual(['missing-commit 3']);
    expect(codes('*filter\n*nat\nCOMMIT\n')).toEqual(['missing-commit 2']);
    expect(codes('-A INPUT\n*filter\nCOMMIT\n')).toEqual(['outside-table 1']);
    expect(codes('   \n*filter\nCOMMIT\n')).toEqual(['outside-table 1']);
    expect(codes('*foo\n-A X\nCOMMIT\n*filter\nCOMMIT\n')).toEqual(['unknown-table 1']);
    expect(codes('*filter\nCOMMIT \n')).toEqual(['bad-argument 2']);
    // iptables-nft-restore takes a last line without its newline.
    expect(codes('*filter\nCOMMIT')).toEqual([]);
    expect(codes('* mangle\n# a comment\n\n-A PREROUTING -p tcp\nCOMMIT\n')).toEqual([]);
  });
});

describe('going on after errors', () => {
  test('every bad line is told, every good one is loaded', () => {
    const { tables, problems: found } = parse(table('filter', '-A INPUT -p tpc', '-A INPUT -p tcp', '-A INPUT --foo --bar', '-A INPUT -p udp'));
    expect(found.map(({ line, code }) => `${line} ${code}`)).toEqual(['2 bad-value', '4 unknown-option', '4 unknown-option']);
    expect(found.map(({ rule }) => rule)).toEqual(['filter/INPUT/1', 'filter/INPUT/3', 'filter/INPUT/3']);
    expect(tables[0]?.chains[0]?.rules.map(({ number, line, text, broken }) => [number, line, text, broken])).toEqual([
      [1, 2, '-p tpc', 'unknown protocol "tpc" specified'],
      [2, 3, '-p tcp', null],
      [3, 4, '--foo --bar', 'unknown option "--foo"'],
      [4, 5, '-p udp', null],
    ]);
  });

  // What is read of a broken line: places as in its chain, parts with and without what they say.
  const shape = (...lines: string[]) =>
    parse(table('filter', ...lines)).tables[0]?.chains[0]?.rules.map(({ line, header, matches, target, broken }) => [
      line,
      header.text,
      ...matches.map(({ known, text }) => `${known ? '' : '?'}${text}`),
      target && `${target.known ? '' : '?'}${target.text}`,
      broken !== null,
    ]);

  test.each([
    ['-A INPUT -s 10.0.0.1 -p tcp -m tcp --dport 80 --sprot 1 -j DROP', ['-s 10.0.0.1/32 -p tcp', '-m tcp --dport 80', 'DROP', true]],
    ['-A INPUT -p tcp -m tcp --dport eighty -j LOG', ['-p tcp', '?-m tcp --dport eighty', 'LOG', true]],
    ['-A INPUT -m mark -j MARK --set-mark 1', ['', '?-m mark', 'MARK --set-xmark 0x1/0xffffffff', true]],
    ['-A INPUT -j MARK --set-mark 1 --nonsense', ['', '?MARK --set-mark 1', true]],
    ['-A INPUT --set-mark 1 -j MARK', ['', '?MARK', true]],
    ['-A INPUT -j MARK --set-mark one', ['', '?MARK --set-mark one', true]],
    ['[1:x] -A INPUT -j DROP', ['', 'DROP', true]],
    [`-A INPUT ${'-v '.repeat(250)}`, ['', null, true]],
  ])('%s', (line, expected) => {
    expect(shape(line)).toEqual([[2, ...expected]]);
  });

  test('a line that puts a rule elsewhere puts it there, broken or not', () => {
    expect(shape('-A INPUT -p tcp', '-A INPUT -p udp', '-I INPUT 2 -p tpc', '-R INPUT 1 --foo', '-I INPUT --bar')?.map(([line]) => line)).toEqual([6, 5, 4, 3]);
    expect(shape('-A INPUT -p tcp', '-I INPUT 9 -p tpc', '-R INPUT 0 -p tpc', '-D INPUT -p tpc')?.map(([line]) => line)).toEqual([2]);
    expect(shape('-A INPUT -p tpc', '-D INPUT 1')).toEqual([]);
  });

  test('hints name the nearest word', () => {
    const hint = (line: string) => parse(table('filter', ':OVN-MASQUERADE - [0:0]', line)).problems[0]?.hint;
    expect(hint('-A INPUT -m contrack --ctstate NEW')).toBe('did you mean "conntrack"?');
    expect(hint('-A INPUT -p tcp --dprot 80')).toBe('did you mean "--dport"?');
    expect(hint('-A INPUT -j OVN-MASQERADE')).toBe('did you mean "OVN-MASQUERADE"?');
    expect(hint('-A IMPUT -j ACCEPT')).toBe('did you mean "INPUT"?');
    expect(hint('-A INPUT -j ACEPT')).toBe('did you mean "ACCEPT"?');
    expect(hint('-A INPUT --dport 80')).toContain('-p tcp');
    expect(hint('-A INPUT -s')).toBe('write -s address[/mask]');
    expect(hint('-A INPUT -j')).toBe('write -j target');
    expect(hint('-A')).toBe('write -A chain');
  });

  test('a problem in a rule names the rule as it is counted at the end', () => {
    const { problems: found } = parse(table('nat', '-A POSTROUTING -m nosuch', '-I POSTROUTING -p tcp'));
    expect(found.map(({ rule }) => rule)).toEqual(['nat/POSTROUTING/2']);
  });

  test('what iptables takes and surely is not meant is a warning', () => {
    expect(problems('-A INPUT -m comment --comment "a')).toEqual(['warning open-quote 2:31']);
    expect(problems('-A INPUT -i a/b')).toEqual(['warning odd-interface 2:13']);
    expect(problems(':MARK - [0:0]', '-A INPUT -j MARK')).toEqual(['warning chain-named-as-target 3:10']);
    expect(saved(':MARK - [0:0]', '-A INPUT -j MARK')).toEqual(['-A INPUT -j MARK']);
  });

  test('an extension that is not modelled keeps its words', () => {
    const line = '-A INPUT -p tcp -m geoip ! --source-country "C N" DE  -m comment --comment "a b" -j TARPIT --honeypot';
    const { problems: found } = parse(table('filter', line));
    expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning unknown-match', 'warning unknown-target']);
    expect(saved(line)).toEqual([line.replace('  ', ' ')]);
  });

  test('any text at all is read without throwing, and what is printed reads back', () => {
    const pieces = [
      '-A INPUT',
      '!',
      '-s',
      '1.1.1.1',
      '"',
      '-m',
      'tcp',
      '--dport',
      '80',
      '-p',
      '-j',
      'ACCEPT',
      '\\',
      '--',
      '-',
      '-c',
      ':X',
      '*nat',
      'COMMIT',
      '[1:2]',
      '-E',
      '-R',
      '🦊',
      '\u0000',
      '-I',
      '3',
      ',',
    ];
    let seed = 7;
    const next = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    for (let i = 0; i < 3000; i++) {
      const lines = Array.from({ length: 4 }, () => Array.from({ length: next(8) }, () => pieces[next(pieces.length)]).join(next(4) ? ' ' : ''));
      const text = `*filter\n${lines.join('\n')}\nCOMMIT\n`;
      const once = printNode(parseNode([{ name: '', text }])).text;
      expect(printNode(parseNode([{ name: '', text: once }])).text, text).toBe(once);
    }
  });
});
