/** One command line: finds the command, runs it, and turns what keeps it from running into exit status 2. */

import { Refusal, readCommandLine } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { findCommand, helpText, overviewText } from './commands/help.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Runs one command line (without `node` and the script) and gives its exit status. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = words;
  try {
    if (name === undefined) {
      terminal.writeError(overviewText(COMMANDS));
      return 2;
    }
    if (name === '--help' || name === '-h') return show(terminal, overviewText(COMMANDS));
    if (name === '--version' || name === '-V') return show(terminal, `${version()}\n`);
    const command = findCommand(COMMANDS, name);
    const line = readCommandLine(command, rest);
    return line.flag('help') ? show(terminal, helpText(command)) : await command.run(line, terminal);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (rest.includes('--json')) terminal.write(`${JSON.stringify(error.json)}\n`);
    else terminal.writeError(`packetwalk: ${error.text}\n`);
    return 2;
  }
}

function show(terminal: Terminal, text: string): number {
  terminal.write(text);
  return 0;
}
