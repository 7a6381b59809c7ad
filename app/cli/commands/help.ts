/** `packetwalk help [COMMAND]`, and the texts that `--help` prints. */

import { closest } from '../../../engine/index.ts';
import { COMMON_OPTIONS, Refusal, type Command } from '../command.ts';

/** `commands` is asked for when it runs: help is one of them. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    usage: '[COMMAND]',
    summary: 'say what there is, or how one command is used',
    details: [],
    options: {},
    examples: [['packetwalk help trace', 'everything about trace']],
    async run(line, terminal) {
      const [name] = line.arguments;
      terminal.write(name === undefined ? overviewText(commands()) : helpText(findCommand(commands(), name)));
      return 0;
    },
  };
}

/** The command of that name, or what the user may have meant. */
export function findCommand(commands: readonly Command[], name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command) return command;
  const names = commands.map((candidate) => candidate.name);
  const option = name.startsWith('-');
  const near = option ? null : closest(name, names);
  throw new Refusal(`unknown ${option ? 'option' : 'command'} "${name}"`, { hint: near ? `did you mean "${near}"?` : `commands are ${names.join(', ')}` });
}

export function overviewText(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'Packetwalk walks a packet through Linux netfilter, rule by rule, and shows which rule fires and why the others did not.',
    '',
    'usage: packetwalk COMMAND …',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'packetwalk help COMMAND shows its options and examples; packetwalk --version its version.',
    '',
    'first steps:',
    ...FIRST_STEPS.flatMap(([command, meaning]) => [`  ${command}`, `      ${meaning}`]),
    '',
  ].join('\n');
}

const FIRST_STEPS: readonly (readonly [string, string])[] = [
  ['packetwalk snapshot', 'the commands that save what a node’s tools say about it'],
  ["packetwalk trace node.snapshot 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443'", 'where a packet from a pod goes, and why'],
];

export function helpText(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(
    ([name, option]) => [`--${name}${option.placeholder ? ` ${option.placeholder}` : ''}`, option.help] as const,
  );
  const width = Math.max(...options.map(([name]) => name.length));
  return [
    `usage: packetwalk ${command.name} ${command.usage}`.trimEnd(),
    '',
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.details.length > 0 ? ['', ...command.details] : []),
    '',
    'options:',
    ...options.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
    '',
    'examples:',
    ...command.examples.flatMap(([example, meaning]) => [`  ${example}`, `      ${meaning}`]),
    '',
  ].join('\n');
}
