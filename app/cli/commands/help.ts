/** `packetwalk help [COMMAND]`, `packetwalk help extensions [NAME]`, and the texts that `--help` prints. */

import { closest, describeExtensions } from '../../../engine/index.ts';
import { COMMON_OPTIONS, Refusal, type Command } from '../command.ts';
import { extensionsText, extensionText } from '../report/extensions.ts';

/** `commands` is asked for when it runs: help is one of them. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    usage: '[COMMAND | extensions [NAME]]',
    summary: 'say what there is, or how one command is used',
    details: [],
    options: {},
    examples: [
      ['packetwalk help trace', 'everything about trace'],
      ['packetwalk help extensions', 'which matches, targets and set types are modelled'],
      ['packetwalk help extensions conntrack', 'the options of one, and where it may stand'],
    ],
    async run(line, terminal) {
      const [name, extension] = line.arguments;
      if (name === 'extensions') terminal.write(extensionHelp(extension));
      else terminal.write(name === undefined ? overviewText(commands()) : helpText(findCommand(commands(), name)));
      return 0;
    },
  };
}

/** All of them, or those of a name, in whatever case it is typed where that fits no other. */
function extensionHelp(name: string | undefined): string {
  const all = describeExtensions();
  if (name === undefined) return extensionsText(all);
  const found = all.filter((one) => one.name === name && one.kind !== 'header');
  const alike = found.length > 0 ? found : all.filter((one) => one.name.toLowerCase() === name.toLowerCase() && one.kind !== 'header');
  if (alike.length > 0) return alike.map(extensionText).join('\n');
  const near = closest(
    name,
    all.map((one) => one.name).filter((one) => one !== ''),
  );
  throw new Refusal(`no match, target or set type "${name}" is modelled`, { hint: near ? `did you mean "${near}"?` : 'packetwalk help extensions lists them' });
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
