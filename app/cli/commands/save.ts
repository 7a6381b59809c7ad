/** `packetwalk save NODE`: the node's rules and sets as iptables-save and ipset save print them. */

import { printNode } from '../../../engine/index.ts';
import type { Command } from '../command.ts';
import { readNode } from '../input.ts';
import { problemLines } from '../report/problems.ts';
import { painter } from '../report/style.ts';

export const save: Command = {
  name: 'save',
  usage: 'NODE…',
  summary: 'print rules and sets as iptables-save, ip6tables-save and ipset save would',
  details: [
    'The form is that of iptables 1.8.9 and ipset 7.17. Lines with errors are left out and go to standard error; the exit status',
    'is then 1. Saving what was saved changes nothing.',
  ],
  options: { ipv6: { type: 'boolean', help: 'rules whose family the text does not tell are IPv6' } },
  examples: [
    ['packetwalk save rules.txt', 'rules as typed, in canonical form'],
    ['iptables-save | packetwalk save -', 'prints what came in'],
  ],
  async run(line, terminal) {
    const { node, files } = await readNode(terminal, line.arguments, line.flag('ipv6'));
    const { text, problems } = printNode(node);
    terminal.write(text);
    const errors = problems.filter((problem) => problem.severity === 'error');
    // What was not UTF-8 is not printed as it was, either.
    const told = problems.filter((problem) => problem.severity === 'error' || problem.code === 'bad-encoding');
    for (const problem of told) terminal.writeError(`${problemLines(problem, node, files, painter(false)).join('\n')}\n`);
    return errors.length > 0 ? 1 : 0;
  },
};
