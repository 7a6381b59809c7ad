/** What `packetwalk test` found, in the forms that people, test harnesses and build servers read. */

import type { TestReportJson } from '../../../engine/index.ts';
import type { Painter } from './style.ts';
import { count } from './words.ts';

type ScenarioReport = TestReportJson['scenarios'][number];
type Judgement = ScenarioReport['expectations'][number];

export const FORMATS = ['text', 'tap', 'junit', 'json', 'github'] as const;
export type TestFormat = (typeof FORMATS)[number];

export function testReportText(report: TestReportJson, format: TestFormat, paint: Painter): string {
  switch (format) {
    case 'text':
      return text(report, paint);
    case 'tap':
      return tap(report);
    case 'junit':
      return junit(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'github':
      return `${text(report, paint)}${github(report)}`;
  }
}

function titleOf({ title, file }: ScenarioReport): string {
  return title === null ? file : typeof title === 'string' ? title : title.en;
}

/** `src: expected 10.0.11.2, left with 192.168.0.101; nat/OVN-MASQUERADE/2 (MASQUERADE) decided`. */
function failureLines({ failures }: Judgement): readonly string[] {
  return failures.map((failure) => `${failure.field}: ${failure.text}`);
}

/** `rules.scenario.yaml:3:13: unknown field "envronment"; did you mean "environment"?` */
export function errorText({ file, line, column, message }: ScenarioReport['errors'][number]): string {
  return `${[file, ...(line === null ? [] : [line, column])].join(':')}: ${message}`;
}

function text(report: TestReportJson, paint: Painter): string {
  const lines: string[] = [];
  for (const scenario of report.scenarios) {
    lines.push(`${paint.bold(scenario.file)}${scenario.title === null ? '' : `  ${titleOf(scenario)}`}`);
    for (const error of scenario.errors) lines.push(`  ${paint.drop('✕')} ${errorText(error)}`);
    if (scenario.errors.length === 0 && scenario.expectations.length === 0) lines.push(`  ${paint.faint('– nothing is expected')}`);
    for (const judgement of scenario.expectations) {
      const { packet, passed, expected, happened } = judgement;
      lines.push(`  ${passed ? paint.accept('✓') : paint.drop('✕')} packet ${packet}: ${passed ? expected || 'nothing is expected of it' : paint.bold(`it is ${happened}`)}`);
      if (!passed) lines.push(...failureLines(judgement).map((line) => `      ${line}`));
    }
    // Defaults and draws matter where something is not as expected.
    if (scenario.expectations.some(({ passed }) => !passed)) lines.push(...scenario.notes.map((note) => `  ${paint.faint(`note: ${note}`)}`));
  }
  lines.push('', summary(report));
  return `${lines.join('\n')}\n`;
}

function summary({ passed, failed, unreadable, scenarios }: TestReportJson): string {
  const parts = [
    `${count(passed, 'expectation')} held`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unreadable > 0 ? [`${count(unreadable, 'scenario')} could not be run`] : []),
  ];
  return `${parts.join(', ')}, in ${count(scenarios.length, 'file')}`;
}

/** Version 14, https://testanything.org/tap-version-14-specification.html. */
function tap(report: TestReportJson): string {
  const points: string[] = [];
  const point = (ok: boolean, description: string, diagnostic: Readonly<Record<string, unknown>> | null): void => {
    points.push(`${ok ? 'ok' : 'not ok'} ${points.length + 1} - ${description.replace(/[\\#]/g, '\\$&')}`);
    // JSON is YAML, too.
    if (diagnostic) points[points.length - 1] += ['', '  ---', ...Object.entries(diagnostic).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`), '  ...'].join('\n');
  };
  for (const scenario of report.scenarios) {
    if (scenario.errors.length > 0) point(false, `${scenario.file} cannot be run`, { message: scenario.errors.map(errorText).join('\n') });
    for (const judgement of scenario.expectations) {
      const { packet, passed, expected, line, happened } = judgement;
      point(
        passed,
        `${scenario.file}: ${titleOf(scenario)}: packet ${packet}`,
        passed ? null : { message: failureLines(judgement).join('\n'), expected, actual: happened, at: { file: scenario.file, line } },
      );
    }
  }
  return `TAP version 14\n1..${points.length}\n${points.map((one) => `${one}\n`).join('')}`;
}

/** The dialect that Jenkins, GitLab and others read; one suite per file. */
function junit(report: TestReportJson): string {
  const total = report.passed + report.failed + report.unreadable;
  const suites = report.scenarios.map((scenario) => {
    const failed = scenario.expectations.filter(({ passed }) => !passed).length;
    const broken = scenario.errors.length > 0;
    const cases = scenario.expectations.map((judgement) => {
      const { packet, passed, expected, line } = judgement;
      const open = `    <testcase${attributes({ classname: scenario.file, name: `packet ${packet}: ${expected}`, file: scenario.file, line })}`;
      if (passed) return `${open}/>`;
      const lines = failureLines(judgement);
      return `${open}>\n      <failure${attributes({ message: lines[0] ?? '' })}>${xml(lines.join('\n'))}</failure>\n    </testcase>`;
    });
    if (broken) {
      const lines = scenario.errors.map(errorText);
      cases.push(
        `    <testcase${attributes({ classname: scenario.file, name: 'can be run', file: scenario.file })}>\n      <error${attributes({ message: lines[0] ?? '' })}>${xml(lines.join('\n'))}</error>\n    </testcase>`,
      );
    }
    return [
      `  <testsuite${attributes({ name: `${scenario.file}: ${titleOf(scenario)}`, tests: cases.length, failures: failed, errors: broken ? 1 : 0 })}>`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'packetwalk', tests: total, failures: report.failed, errors: report.unreadable })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function attributes(values: Readonly<Record<string, string | number | null>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

/** XML 1.0 has no place for most control characters, not even escaped. */
function xml(value: string): string {
  return [...value]
    .filter((point) => point === '\n' || point === '\t' || (point >= ' ' && point !== '\ufffe' && point !== '\uffff'))
    .map((point) => ENTITIES[point] ?? point)
    .join('');
}

/** Workflow commands: each failure is shown at its line of the change. */
function github(report: TestReportJson): string {
  const lines: string[] = [];
  const annotate = (file: string, line: number | null, title: string, message: string): void => {
    const place = [`file=${property(file)}`, ...(line === null ? [] : [`line=${line}`]), `title=${property(title)}`].join(',');
    lines.push(`::error ${place}::${escaped(message)}\n`);
  };
  for (const scenario of report.scenarios) {
    for (const { file, line, message } of scenario.errors) annotate(file, line, 'scenario cannot be run', message);
    for (const judgement of scenario.expectations)
      if (!judgement.passed)
        annotate(scenario.file, judgement.line, `${titleOf(scenario)}: packet ${judgement.packet} is ${judgement.happened}`, failureLines(judgement).join('\n'));
  }
  return lines.join('');
}

function escaped(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(value: string): string {
  return escaped(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
