/** The shape of a command, its arguments read, and what keeps it from running. */

import { parseArgs } from 'node:util';
import { closest, type ErrorReportJson } from '../../engine/index.ts';
import type { Terminal } from './terminal.ts';

interface CommandOption {
  readonly type: 'boolean' | 'string';
  /** How help names its value. */
  readonly placeholder?: string;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  /** Arguments after the name: `NODE… [PACKET…]`. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  readonly details: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Exit status. */
  run(line: CommandLine, terminal: Terminal): Promise<number>;
}

export interface CommandLine {
  readonly arguments: readonly string[];
  flag(name: string): boolean;
  value(name: string): string | null;
}

export interface RefusalDetails {
  readonly hint?: string;
  readonly file?: string | null;
  readonly section?: string | null;
  readonly line?: number | null;
  readonly column?: number | null;
  readonly shown?: readonly string[];
  /** What else is wrong. */
  readonly others?: readonly Refusal[];
}

/** The input cannot be used at all: exit status 2. */
export class Refusal extends Error {
  readonly place: { readonly file: string | null; readonly section: string | null; readonly line: number | null; readonly column: number | null };
  readonly hint: string;
  /** Shown below the message, for people only: the line at fault with a caret. */
  readonly shown: readonly string[];
  readonly others: readonly Refusal[];

  constructor(message: string, { hint = '', file = null, section = null, line = null, column = null, shown = [], others = [] }: RefusalDetails = {}) {
    super(message);
    this.place = { file, section, line, column };
    this.hint = hint;
    this.shown = shown;
    this.others = others;
  }

  /** `packets.json:3:8: packet 1: unknown field "dprot"; did you mean "dport"?` */
  get text(): string {
    const { file, line, column } = this.place;
    const place = [file, ...(line === null ? [] : [line, column])].filter((part) => part !== null).join(':');
    return [[place, this.#sentence].filter(Boolean).join(': '), ...this.shown, ...this.others.map((other) => other.text)].join('\n');
  }

  /** One message; of several things that are wrong, the place of the first. */
  get json(): ErrorReportJson {
    if (this.others.length === 0) return { error: { ...this.place, message: this.#sentence } };
    return { error: { ...this.place, message: [this, ...this.others].map(({ message, hint }) => (hint === '' ? message : `${message} (${hint})`)).join('; ') } };
  }

  get #sentence(): string {
    return this.hint === '' ? this.message : `${this.message}; ${this.hint}`;
  }
}

/** Options that every command has. */
export const COMMON_OPTIONS: Readonly<Record<string, CommandOption>> = { help: { type: 'boolean', help: 'say how the command is used' } };

export function readCommandLine(command: Command, words: readonly string[]): CommandLine {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type, ...(name === 'help' ? { short: 'h' } : {}) }])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const positionals: string[] = [];
  const values = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!option) {
      const near = closest(token.name, Object.keys(options));
      throw new Refusal(`unknown option "${token.rawName}" of packetwalk ${command.name}`, { hint: near ? `did you mean "--${near}"?` : `see packetwalk help ${command.name}` });
    }
    if (option.type === 'string' && token.value === undefined)
      throw new Refusal(`option "${token.rawName}" needs a value`, { hint: `write --${token.name} ${option.placeholder ?? 'VALUE'}` });
    if (option.type === 'boolean' && token.value !== undefined) throw new Refusal(`option "${token.rawName}" takes no value`, { hint: `leave out "=${token.value}"` });
    if (option.type === 'string' && values.has(token.name)) throw new Refusal(`option "${token.rawName}" is given twice`, {});
    values.set(token.name, token.value ?? true);
  }
  return {
    arguments: positionals,
    flag: (name) => values.has(name),
    value: (name) => (typeof values.get(name) === 'string' ? (values.get(name) as string) : null),
  };
}
