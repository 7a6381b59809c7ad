/** `packetwalk test FILE…`: runs scenarios and says which expectations hold, and why the others do not. */

import { closest, createWorld, runScenario, type Node, type ScenarioRun, type TestReportJson } from '../../../engine/index.ts';
import { Refusal, type Command, type CommandLine } from '../command.ts';
import { errorOf, placedError, readScenarioFile, readScenarioNode, type ScenarioError, type ScenarioFile } from '../scenario-file.ts';
import { painter } from '../report/style.ts';
import { errorText, FORMATS, testReportText, type TestFormat } from '../report/tests.ts';
import { count } from '../report/words.ts';
import type { Terminal } from '../terminal.ts';

type ScenarioReport = TestReportJson['scenarios'][number];

export const test: Command = {
  name: 'test',
  usage: 'FILE…',
  summary: 'run scenarios and check what is expected of their packets',
  details: [
    'FILE is a scenario, YAML or JSON, or - for standard input:',
    '',
    '  title: Forward policy keeps the pod address',
    '  node: ./node.snapshot                # from the scenario’s own folder; or the text itself under snapshot',
    '  packets:',
    '    - { in: ovn0, src: 10.0.11.2, dst: 8.8.8.8, proto: tcp, sport: 4200, dport: 443 }',
    '  expect:',
    '    - { packet: 1, verdict: forwarded, out: eth0, src: 10.0.11.2, fires: [nat/OVN-POSTROUTING/10], not: [nat/OVN-MASQUERADE/2] }',
    '',
    'An expectation may name verdict, out, by, reason, any field of the packet as it leaves, and rules that must match (fires) or must not (not).',
    'Exit status 0 if all of them hold, 1 if some do not, 2 if a file cannot be used.',
  ],
  options: {
    format: { type: 'string', placeholder: FORMATS.join('|'), help: 'how to report; text if left out' },
    json: { type: 'boolean', help: 'the same as --format json' },
    color: { type: 'boolean', help: 'colours even if this is no terminal' },
  },
  examples: [
    ['packetwalk test *.scenario.yaml', 'one line per expectation; for one that failed, what happened instead'],
    ['packetwalk test --format junit tests/*.scenario.yaml > report.xml', 'for a build server'],
  ],
  async run(line, terminal) {
    const format = formatOf(line);
    if (line.arguments.length === 0) throw new Refusal('no FILE is given', { hint: 'name scenarios, or - for standard input' });
    if (line.arguments.filter((name) => name === '-').length > 1) throw new Refusal('standard input can be read only once', { hint: 'name files for the others' });
    const nodes = new NodeFiles(terminal);
    const scenarios: ScenarioReport[] = [];
    for (const name of line.arguments) scenarios.push(await runFile(terminal, nodes, name));
    const expectations = scenarios.flatMap((scenario) => scenario.expectations);
    const report: TestReportJson = {
      format: 1,
      passed: expectations.filter(({ passed }) => passed).length,
      failed: expectations.filter(({ passed }) => !passed).length,
      unreadable: scenarios.filter(({ errors }) => errors.length > 0).length,
      scenarios,
    };
    terminal.write(testReportText(report, format, painter(format === 'text' && (line.flag('color') || terminal.color))));
    return report.unreadable > 0 ? 2 : report.failed > 0 ? 1 : 0;
  },
};

function formatOf(line: CommandLine): TestFormat {
  const given = line.value('format') ?? (line.flag('json') ? 'json' : 'text');
  const format = FORMATS.find((candidate) => candidate === given);
  if (format === undefined || (line.flag('json') && format !== 'json')) {
    const near = closest(given, FORMATS);
    throw new Refusal(format === undefined ? `unknown format "${given}"` : `--json and --format ${given} exclude each other`, {
      hint: format === undefined && near ? `did you mean "${near}"?` : `formats are ${FORMATS.join(', ')}`,
    });
  }
  return format;
}

/** Nodes read so far: scenarios often share one. */
class NodeFiles {
  readonly #terminal: Terminal;
  readonly #nodes = new Map<string, Node>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async of(given: string, scenario: NonNullable<ScenarioFile['scenario']>): Promise<Node> {
    const key = scenario.snapshot === null ? JSON.stringify([given.replace(/[^/\\]*$/, ''), scenario.node]) : null;
    const known = key === null ? undefined : this.#nodes.get(key);
    if (known) return known;
    const { node, names } = await readScenarioNode(this.#terminal, given, scenario);
    if (key !== null) this.#nodes.set(key, node);
    // Linking finds what reading cannot: a set or chain that is not there.
    const errors = createWorld(node).problems.filter((problem) => problem.severity === 'error').length;
    if (errors > 0)
      this.#terminal.writeError(
        `packetwalk: ${count(errors, 'error')} in ${names.join(' ')}${key === null ? '' : `; packetwalk check ${names.join(' ')} shows ${errors === 1 ? 'it' : 'them'}`}\n`,
      );
    return node;
  }
}

async function runFile(terminal: Terminal, nodes: NodeFiles, given: string): Promise<ScenarioReport> {
  const file = await readScenarioFile(terminal, given);
  const { scenario } = file;
  for (const warning of file.warnings) terminal.writeError(`packetwalk: ${errorText(warning)}\n`);
  if (!scenario)
    return {
      file: file.name,
      title: null,
      errors: [...file.errors].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)),
      notes: [],
      expectations: [],
    };
  const broken = (errors: readonly ScenarioError[]): ScenarioReport => ({ file: file.name, title: scenario.title, errors, notes: [], expectations: [] });
  let node: Node;
  try {
    node = await nodes.of(given, scenario);
  } catch (error) {
    return broken([errorOf(error, file.name)]);
  }
  const run = runScenario(scenario, node);
  if (run.problems.length > 0) return broken(run.problems.map((problem) => placedError(file.name, problem, file.locate)));
  return { file: file.name, title: scenario.title, errors: [], notes: run.notes, expectations: judgements(run, file) };
}

function judgements(run: ScenarioRun, file: ScenarioFile): ScenarioReport['expectations'] {
  return run.judgements.map(({ expectation, passed, expected, happened, failures }, i) => ({
    packet: expectation.packet,
    line: file.locate(['expect', i])?.line ?? null,
    passed,
    expected,
    happened,
    failures,
  }));
}
