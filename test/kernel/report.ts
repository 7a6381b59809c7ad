/** What a random run says at its end: the agreement, and the table of what it reached. `REPORT.md` is the same as a page. */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findMatch, findTarget } from '../../engine/index.ts';
import { type Area, AREAS, COLUMNS, Coverage } from './coverage.ts';
import { UNREACHED } from './coverage-reasons.ts';
import type { RunResult } from './random-run.ts';

const REPORT = fileURLToPath(new URL('./REPORT.md', import.meta.url));

/** Why a cell may be empty; null: it must not. */
function reasonFor(coverage: Coverage, area: Area, row: string, column: string): string | null {
  const own = (area === 'match' ? findMatch(row) : area === 'target' ? findTarget(row) : undefined)?.notModelled;
  if (own !== undefined && COLUMNS[area].every((one) => coverage.get(area, row, one) === 0)) return `not modelled: ${own}`;
  const found = UNREACHED.find((one) => one.area === area && one.rows.includes(row) && (!one.columns || one.columns.includes(column)));
  return found?.reason ?? null;
}

/** Cells of which the engine claims something and that nothing reached, without a reason. */
export function emptyRows(coverage: Coverage): string[] {
  return [...Coverage.expected()].flatMap(([area, rows]) =>
    rows.flatMap(([row, columns]) =>
      columns.flatMap((column) => (coverage.get(area, row, column) === 0 && reasonFor(coverage, area, row, column) === null ? [`${area} ${row}: ${column}`] : [])),
    ),
  );
}

const number = (value: number): string => value.toLocaleString('en-US');

function agreement({ coverage, failures, versions, nft, refused, missNodes, misses }: RunResult): string[] {
  const doubtful = [...coverage.unknowns.values()].reduce((sum, count) => sum + count, 0);
  const judged = [...misses.values()].reduce((sum, { exact, match }) => sum + exact + match, 0);
  const rate = coverage.nodes === 0 ? 0 : ((coverage.nodes - failures.length) / coverage.nodes) * 100;
  return [
    `Linux ${versions?.kernel ?? '?'}, ${versions?.iptables ?? '?'}, ${versions?.ipset ?? '?'}.`,
    `${number(coverage.nodes)} random nodes, ${number(coverage.packets)} packets, ${number(coverage.steps)} lines of the kernel’s trace compared.`,
    ...(nft.nodes > 0
      ? [`Of these ${number(nft.nodes)} nodes, ${number(nft.packets)} packets, were loaded by iptables-nft, of whose rules counters and outcomes are compared.`]
      : []),
    `Disagreements: ${failures.length}. Agreement: ${rate === 100 ? '100' : rate.toFixed(3)} % of the nodes, in every step, address, port, mark, TOS, TTL, exit, connection, set entry and counter.`,
    ...(missNodes > 0 ? [`Misses judged by rules cut before and after the clause named false: ${number(judged)}, in ${number(missNodes)} nodes.`] : []),
    `Nodes with an answer “unknown”: ${doubtful}${refused > 0 ? `; nodes that both refuse: ${refused}` : ''}.`,
  ];
}

/** For the terminal. `short`: the agreement alone, and how to do it again. */
export function reportText(result: RunResult, size: 'short' | 'whole'): string {
  const { coverage, settings, seconds } = result;
  const head = [
    `seeds from ${settings.first}, rare ${settings.rare}, ${Math.round(seconds)} s`,
    ...agreement(result),
    ...[...coverage.unknowns].map(([text, count]) => `  unknown ${count}: ${text}`),
  ];
  if (size === 'short') return head.join('\n');
  const empty = emptyRows(coverage);
  return [...head, ...tables(coverage, false), ...(empty.length > 0 ? ['Empty:', ...empty.map((row) => `  ${row}`)] : [])].join('\n');
}

function tables(coverage: Coverage, markdown: boolean): string[] {
  const expected = Coverage.expected();
  return AREAS.flatMap((area) => {
    const columns = COLUMNS[area];
    const rows = [
      ...new Set([
        ...(expected.get(area) ?? []).map(([row]) => row),
        ...[...coverage.counts.keys()].flatMap((key) => (key.startsWith(`${area}\t`) ? [key.split('\t')[1] as string] : [])),
      ]),
    ];
    const cells = rows.map((row) => {
      const wanted = expected.get(area)?.find(([one]) => one === row)?.[1];
      return [
        row,
        ...columns.map((column) => {
          const count = coverage.get(area, row, column);
          return count > 0 ? String(count) : wanted && !wanted.includes(column) ? '' : '0';
        }),
        columns.some((column) => coverage.get(area, row, column) === 0 && (wanted ?? []).includes(column))
          ? [
              ...new Set(
                columns.flatMap((column) => (coverage.get(area, row, column) === 0 && wanted?.includes(column) ? [reasonFor(coverage, area, row, column) ?? 'no reason'] : [])),
              ),
            ].join('; ')
          : '',
      ];
    });
    if (!markdown)
      return [
        '',
        `${area}: ${columns.join(', ')}`,
        ...cells.map(
          (line) =>
            `  ${line[0]?.padEnd(34)}${line
              .slice(1, -1)
              .map((cell) => cell.padStart(9))
              .join('')}  ${line.at(-1)}`,
        ),
      ];
    return [
      '',
      `## ${TITLES[area]}`,
      '',
      `| | ${columns.join(' | ')} | where empty |`,
      `| --- |${columns.map(() => ' ---: |').join('')} --- |`,
      ...cells.map((line) => `| ${line.join(' | ')} |`),
    ];
  });
}

const TITLES: Readonly<Record<Area, string>> = {
  match: 'Matches: how often each clause held in a rule that fired, and how often it was the first that did not hold',
  target: 'Targets that fired',
  'set type': 'Look-ups in sets that decided a rule',
  hook: 'Rules and policies, by table and hook',
  connection: 'Connections',
  packet: 'Packets sent',
  fate: 'What became of them',
};

export function writeReport(result: RunResult): void {
  const { coverage } = result;
  const misses = [...result.misses].filter(([, { exact, match }]) => exact + match > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = [
    '# Agreement with the kernel',
    '',
    'Written by `npm run test:random`: random nodes and random packets, on the kernel and in the engine, compared step by step. `coverage.ts` counts, `coverage-reasons.ts` says why a row may be empty.',
    '',
    ...agreement(result).map((line) => `- ${line}`),
    ...(coverage.unknowns.size > 0 ? ['', '## Where the engine says “unknown”', '', ...[...coverage.unknowns].map(([reason, count]) => `- ${count}: ${reason}`)] : []),
    ...tables(coverage, true),
    ...(misses.length > 0
      ? [
          '',
          '## Misses judged, by kind of clause',
          '',
          '| clause | by the clause | by the whole match |',
          '| --- | ---: | ---: |',
          ...misses.map(([kind, { exact, match }]) => `| ${kind} | ${exact} | ${match} |`),
        ]
      : []),
    '',
    ...notModelled(),
  ];
  writeFileSync(REPORT, `${text.join('\n').trimEnd()}\n`);
}

/** What the extensions themselves say. */
function notModelled(): string[] {
  const rows = [...Coverage.expected()].flatMap(([area, list]) =>
    area !== 'match' && area !== 'target'
      ? []
      : list.flatMap(([row]) => {
          const text = (area === 'match' ? findMatch(row) : findTarget(row))?.notModelled;
          return text ? [`- \`${row}\`: ${text}`] : [];
        }),
  );
  return rows.length === 0 ? [] : ['## What the engine says it does not model', '', ...rows];
}
