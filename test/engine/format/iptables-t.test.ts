/**
 * The rule reader held against what iptables 1.8.9 (legacy, kernel 6.18) answered to the test lines of its own project:
 * accepted or refused, and the line it saved. The answers lie in a folder beside the repository; without it the test is
 * skipped. Where that kernel refused a line for what it lacks, by the words of its answer, the project's own expectation
 * stands in for it.
 */

import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../engine/format/node.ts';

const ANSWERS = process.env.IPTABLES_T ?? new URL('../../../../shared/iptables-t/observed-1.8.9-legacy.jsonl', import.meta.url).pathname;

interface Answer {
  readonly file: string;
  readonly line: number;
  readonly family: 'iptables' | 'ip6tables';
  readonly table: string;
  readonly chain: string;
  readonly rule: string;
  /** What the project's test expects: `OK` or `FAIL`. */
  readonly expect: string;
  readonly rc: number;
  readonly saved?: string;
  readonly stderr?: string;
}

/** The kernel that answered has no LED, nfacct, SELinux contexts, helpers… or objects these rules name. */
const LACKING =
  /missing kernel module|No chain\/target\/match by that name|can't initialize|nfacct|doesn't exist|No such file or directory\.?$|Device or resource busy|rateest object|Could not open socket/;

/** The line of a test file that an answer belongs to: what it says is saved, `=` for the rule as given. */
function expectedLine({ file, line, chain, rule }: Answer): string {
  const text = readFileSync(new URL(file, pathToFileURL(ANSWERS)), 'utf8').split('\n')[line - 1] ?? '';
  const saved = text.split(';')[1] ?? '';
  return `-A ${chain} ${saved === '=' ? rule : saved}`.trimEnd();
}

/** Words of a shell line, quoted again for iptables-restore. */
function restoreWords(rule: string): string {
  const words: string[] = [];
  const pattern = /((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)/g;
  for (const [raw] of rule.matchAll(pattern)) {
    const word = raw.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
      double !== undefined ? double.replace(/\\(["\\$`])/g, '$1') : (single ?? escaped ?? ''),
    );
    words.push(/^[^\s"\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`);
  }
  return words.join(' ');
}

describe.skipIf(!existsSync(ANSWERS))('what iptables 1.8.9 answered', () => {
  const answers = existsSync(ANSWERS)
    ? readFileSync(ANSWERS, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Answer)
    : [];
  const byFile = group(answers);
  for (const [file, records] of byFile)
    test(file, (context) => {
      const wrong: string[] = [];
      let compared = 0;
      let unmodelled = 0;
      for (const answer of records) {
        const { family, table, chain, rule } = answer;
        const isLacking = answer.rc !== 0 && LACKING.test(answer.stderr ?? '');
        // Which accounting objects a node has is not said by its rules.
        if (isLacking && answer.expect === 'FAIL' && rule.includes('--nfacct-name wrong')) continue;
        const rc = isLacking ? (answer.expect === 'OK' ? 0 : 1) : answer.rc;
        const saved = isLacking ? expectedLine(answer) : answer.saved;
        const text = `*${table}\n-A ${chain} ${restoreWords(rule)}\nCOMMIT\n`;
        const ipv6 = family === 'ip6tables';
        const node = parseNode([
          { name: 'rules', text: `==> ${ipv6 ? 'ip6tables-save' : 'iptables-save'} <==\n${text}` },
          { name: 'sets', text: '==> ipset save <==\ncreate foo hash:ip family inet\n' },
        ]);
        if (node.problems.some(({ code, severity }) => severity === 'warning' && /^unknown-(match|target)$/.test(code))) {
          unmodelled++;
          continue;
        }
        compared++;
        const errors = node.problems.filter(({ severity }) => severity === 'error');
        const where = `${file}:${answer.line} ${family} ${table}/${chain} "${rule}"`;
        const printed = node.tables[0]?.chains.find(({ name }) => name === chain)?.rules[0]?.text;
        const line = printed === undefined ? '' : `-A ${chain}${printed === '' ? '' : ` ${printed}`}`;
        if (rc === 0 && errors.length > 0) wrong.push(`${where}: refused here (${errors[0]?.code}: ${errors[0]?.message})`);
        else if (rc !== 0 && errors.length === 0) wrong.push(`${where}: accepted here, iptables says ${answer.stderr?.split('\n')[0]}`);
        else if (rc === 0 && line !== saved) wrong.push(`${where}:\n  saved  ${saved}\n  here   ${line}`);
      }
      if (compared === 0) context.skip(`its extension is not modelled (${unmodelled} lines)`);
      expect(wrong.slice(0, 20), `${wrong.length} of ${compared} differ`).toEqual([]);
    });
});

function group(answers: readonly Answer[]): Map<string, Answer[]> {
  const groups = new Map<string, Answer[]>();
  for (const answer of answers) groups.set(answer.file, [...(groups.get(answer.file) ?? []), answer]);
  return groups;
}
