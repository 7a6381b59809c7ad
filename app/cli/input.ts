/** Files given on the command line: nodes and packets, read whole, or refused with the place and the way out. */

import {
  fieldsWithoutEffect,
  parseJson,
  parseNode,
  parseTypedPacket,
  protocolNumber,
  readPackets,
  type Environment,
  type Node,
  type Packet,
  type Problem,
  type Section,
} from '../../engine/index.ts';
import { Refusal, type RefusalDetails } from './command.ts';
import { linesOf, sourceLines } from './report/source-line.ts';
import type { Terminal } from './terminal.ts';

export interface InputFile {
  /** As given; `-` is shown as `standard input`. */
  readonly name: string;
  readonly text: string;
}

const READ_FAILURES: Readonly<Record<string, string>> = { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'it is a folder', EPERM: 'permission denied' };

function shownName(given: string): string {
  return given === '-' ? 'standard input' : given === '' ? '""' : given;
}

/** A file as text, a byte order mark included; a file that cannot be read, or is no text, is refused. */
export async function readText(terminal: Terminal, given: string, hintIfMissing = ''): Promise<InputFile> {
  const name = shownName(given);
  let bytes: Uint8Array;
  try {
    bytes = await terminal.read(given);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Refusal(`cannot be read: ${READ_FAILURES[code ?? ''] ?? message}`, {
      file: name,
      hint: code === 'ENOENT' ? hintIfMissing : '',
    });
  }
  // PowerShell's ">" writes UTF-16 with a byte order mark.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  if (text.includes('\u0000'))
    throw new Refusal('this is no text', { file: name, hint: bytes[0] === 0x1f && bytes[1] === 0x8b ? 'unpack it first: gunzip' : 'give what the tools print' });
  return { name, text };
}

/** What a missing file may have been meant as. */
function hintIfMissing(name: string, names: readonly string[]): string {
  if (/\s/.test(name)) return 'a typed packet needs ">" between its addresses';
  return names.some((other) => protocolNumber(other) !== null) ? 'put a packet in quotes: a shell takes ">" for itself' : '';
}

/** Sections without anything to use. */
const EMPTY: ReadonlySet<string> = new Set(['unknown', 'preamble']);
/** Those, and what is recognised only to be told what to give instead. */
const NOT_TO_WALK: ReadonlySet<string> = new Set([...EMPTY, 'iptables -L', 'ipset list', 'nft list ruleset']);

/** Reads the files of one node. Fails only if nothing in them can be used: shown, or `walked`. */
export async function readNode(
  terminal: Terminal,
  names: readonly string[],
  ipv6: boolean,
  use: 'shown' | 'walked' = 'shown',
): Promise<{ readonly node: Node; readonly files: readonly InputFile[] }> {
  const files = await readNodeFiles(terminal, names);
  return { node: parseNodeFiles(files, ipv6, use), files };
}

/** The texts of one node's files. */
export async function readNodeFiles(terminal: Terminal, names: readonly string[]): Promise<readonly InputFile[]> {
  if (names.length === 0) throw new Refusal('no NODE is given', { hint: 'name a snapshot or a tool’s output, or - for standard input; packetwalk snapshot says how to make one' });
  if (names.filter((name) => name === '-').length > 1) throw new Refusal('standard input can be read only once', { hint: 'name files for the others' });
  const files: InputFile[] = [];
  for (const name of names) files.push(await readText(terminal, name, hintIfMissing(name, names)));
  return files;
}

export function parseNodeFiles(files: readonly InputFile[], ipv6: boolean, use: 'shown' | 'walked'): Node {
  const node = parseNode(files, ipv6 ? { family: 'ipv6' } : {});
  const useless = use === 'walked' ? NOT_TO_WALK : EMPTY;
  if (node.sections.every((section) => useless.has(section.kind))) {
    const empty = files.every((file) => file.text.trim() === '');
    const problem = node.problems.find((candidate) => candidate.severity === 'error');
    const [message, hint] = empty
      ? ['there is nothing in it', 'run the tool as root and give what it prints']
      : [problem?.message ?? 'none of it is understood', problem?.hint ?? 'give a snapshot, or what iptables-save, ipset save or ip -j prints'];
    throw new Refusal(message, {
      file: problem?.file ?? files.map((file) => file.name).join(', '),
      ...(problem && !empty ? { section: problem.section, line: problem.line, column: problem.column } : {}),
      hint,
    });
  }
  return node;
}

export interface PacketsInput {
  readonly packets: readonly Packet[];
  readonly environment: Environment;
  /** Fields without effect. */
  readonly warnings: readonly string[];
  /** Where a field of the packet with that index (from 0) is written, to refuse it there. */
  place(index: number, field: string): RefusalDetails;
}

const NO_PACKETS: PacketsInput = { packets: [], environment: {}, warnings: [], place: () => ({}) };

/** Packets of a file, then those typed. Any mistake refuses them all: a packet left out would change what the later ones meet. */
export async function readPacketsInput(terminal: Terminal, file: string | null, typed: readonly string[], own: PacketsInput = NO_PACKETS): Promise<PacketsInput> {
  const fromFile = file === null ? own : await readPacketsFile(terminal, file);
  const lines: Packet[] = [];
  const refusals: Refusal[] = [];
  for (const line of typed) {
    const packet = parseTypedPacket(line);
    if ('failure' in packet)
      refusals.push(new Refusal(`packet "${line}", column ${packet.column}: ${packet.failure}`, { hint: packet.hint, shown: sourceLines(line, packet.column, packet.length) }));
    else lines.push(packet);
  }
  refuse(refusals);
  const packets = [...fromFile.packets, ...lines];
  const warnings = [
    ...fromFile.warnings,
    ...lines.flatMap((packet, i) => fieldsWithoutEffect(packet).map(({ message }) => `packet ${fromFile.packets.length + i + 1}: ${message}`)),
  ];
  if (packets.length === 0)
    throw new Refusal(file === null ? 'no packet is given' : 'there is no packet in it', {
      file: file === null ? null : shownName(file),
      hint: "type one, like 'eth0 tcp 10.0.0.1:4200 > 8.8.8.8:443', or give --packets FILE",
    });
  return { ...fromFile, packets, warnings, place: (index, field) => (index < fromFile.packets.length ? fromFile.place(index, field) : {}) };
}

/** Throws them as one: the first leads, the others follow, each with its place. */
export function refuse([first, ...others]: readonly Refusal[]): void {
  if (first) throw others.length === 0 ? first : new Refusal(first.message, { ...first.place, hint: first.hint, shown: first.shown, others });
}

async function readPacketsFile(terminal: Terminal, given: string): Promise<PacketsInput> {
  const { name, text } = await readText(terminal, given);
  const json = parseJson(text);
  if ('failure' in json) throw new Refusal(json.failure, { file: name, line: json.line, column: json.column, hint: 'the file must be JSON' });
  const { packets, environment, problems } = readPackets(json.value);
  const lines = linesOf({ text });
  const at = (path: readonly (string | number)[]): RefusalDetails => {
    const { line, column } = json.locate(path);
    return { file: name, line, column, shown: sourceLines(lines[line - 1]?.replace(/\r$/, '') ?? '', column, 1) };
  };
  refuse(problems.filter((problem) => problem.severity === 'error').map(({ message, hint, path }) => new Refusal(message, { ...at(path), hint })));
  const root = Array.isArray(json.value) ? [] : ['packets'];
  return { packets, environment, warnings: problems.map((problem) => problem.message), place: (index, field) => at([...root, index, field]) };
}

/** The file a problem is in; where it does not say, the one whose section of that kind holds the line. */
export function fileOf(problem: Problem, node: Node, files: readonly InputFile[]): InputFile | undefined {
  if (files.length === 1) return files[0];
  const name =
    problem.file ?? node.sections.find((section) => isOfKind(problem, section) && problem.line >= section.line && problem.line < section.line + linesOf(section).length)?.file;
  return files.find((file) => file.name === name);
}

/** `iptables-legacy-save` is a section of kind `iptables-save`. */
function isOfKind({ section }: Problem, { kind }: Section): boolean {
  return section.replace(/-(?:legacy|nft)-save$/, '-save') === kind;
}
