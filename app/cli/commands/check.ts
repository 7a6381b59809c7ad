/** `packetwalk check NODE`: everything that iptables-restore, ipset restore or the kernel would refuse, and what is surely not meant. */

import { createWorld, problemJson, unmodelledParts, type Problem } from '../../../engine/index.ts';
import type { Command } from '../command.ts';
import { readNode } from '../input.ts';
import { count } from '../report/words.ts';
import { problemLines } from '../report/problems.ts';
import { painter } from '../report/style.ts';

export const check: Command = {
  name: 'check',
  usage: 'NODE…',
  summary: 'find what is wrong with a node’s rules and sets',
  details: [
    'All problems are reported in one run, and in notes what of the rules and files a walk does not model. Exit status 1 if there is',
    'any error; with --strict, any warning.',
  ],
  options: {
    strict: { type: 'boolean', help: 'warnings count like errors' },
    json: { type: 'boolean', help: 'print the problems as JSON' },
    ipv6: { type: 'boolean', help: 'rules whose family the text does not tell are IPv6' },
    color: { type: 'boolean', help: 'colours even if this is no terminal' },
  },
  examples: [
    ['packetwalk check node.snapshot', 'problems with place, reason and way out'],
    ['packetwalk check --strict rules.save sets.save', 'several files of one node; warnings fail, too'],
  ],
  async run(line, terminal) {
    const { node, files } = await readNode(terminal, line.arguments, line.flag('ipv6'));
    const problems = inOrder([...createWorld(node).problems, ...unmodelledParts(node.tables)]);
    const failed = problems.some(({ severity }) => severity === 'error' || (severity === 'warning' && line.flag('strict')));
    if (line.flag('json')) terminal.write(`${JSON.stringify({ format: 1, problems: problems.map(problemJson) }, null, 2)}\n`);
    else {
      const paint = painter(line.flag('color') || terminal.color);
      for (const problem of problems) terminal.write(`${problemLines(problem, node, files, paint).join('\n')}\n`);
      terminal.write(`${verdict(problems)}\n`);
    }
    return failed ? 1 : 0;
  },
};

/** By place; what has none comes first. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

function verdict(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'nothing is wrong';
  const parts = (['error', 'warning', 'note'] as const).map((severity) => [problems.filter((problem) => problem.severity === severity).length, severity] as const);
  return parts
    .filter(([number]) => number > 0)
    .map(([number, severity]) => count(number, severity))
    .join(', ');
}
