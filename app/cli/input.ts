/** Files given on the command line: nodes and packets, read whole, or refused with the place and the way out. */

import { parseJson, parseNode, parseTypedPacket, protocolNumber, readPackets, type Environment, type Node, type Packet, type Problem } from '../../engine/index.ts';
import { Refusal } from './command.ts';
import { textWidth } from './report/style.ts';
import type { Terminal } from './terminal.ts';

export interface InputFile {
  /** As given; `-` is shown as `standard input`. */
  readonly name: string;
  readonly text: string;
}

const READ_FAILURES: Readonly<Record<string, string>> = { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'it is a folder', EPERM: 'permission denied' };

/** A file as text; a file that cannot be read, or is no text, is refused. */
export async function readText(terminal: Terminal, given: string, hintIfMissing = ''): Promise<InputFile> {
  const name = given === '-' ? 'standard input' : given;
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
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = new TextDecoder(utf16 ? 'utf-16le' : 'utf-8').decode(bytes);
  if (text.includes('\u0000'))
    throw new Refusal('this is no text', { file: name, hint: bytes[0] === 0x1f && bytes[1] === 0x8b ? 'unpack it first: gunzip' : 'give what the tools print' });
  return { name, text };
}

/** What a missing file may have been meant as. */
function hintIfMissing(name: string, names: readonly string[]): string {
  if (/\s/.test(name)) return 'a typed packet needs ">" between its addresses';
  return names.some((other) => protocolNumber(other) !== null) ? 'put a packet in quotes: a shell takes ">" for itself' : '';
}

/** Reads the files of one node. Fails only if nothing in them can be used. */
export async function readNode(terminal: Terminal, names: readonly string[], ipv6: boolean): Promise<{ readonly node: Node; readonly files: readonly InputFile[] }> {
  if (names.length === 0) throw new Refusal('no NODE is given', { hint: 'name a snapshot or a tool’s output, or - for standard input; packetwalk snapshot says how to make one' });
  if (names.filter((name) => name === '-').length > 1) throw new Refusal('standard input can be read only once', { hint: 'name files for the others' });
  const files: InputFile[] = [];
  for (const name of names) files.push(await readText(terminal, name, hintIfMissing(name, names)));
  const node = parseNode(files, ipv6 ? { family: 'ipv6' } : {});
  if (!node.sections.some((section) => section.kind !== 'unknown' && section.kind !== 'preamble')) {
    const empty = files.every((file) => file.text.trim() === '');
    const problem = node.problems.find((candidate) => candidate.severity === 'error');
    const [message, hint] = empty
      ? ['there is nothing in it', 'run the tool as root and give what it prints']
      : [problem?.message ?? 'none of it is understood', problem?.hint ?? 'give a snapshot, or what iptables-save, ipset save or ip -j prints'];
    throw new Refusal(message, {
      file: files.map((file) => file.name).join(', '),
      ...(problem && !empty ? { section: problem.section, line: problem.line, column: problem.column } : {}),
      hint,
    });
  }
  return { node, files };
}

export interface PacketsInput {
  readonly packets: readonly Packet[];
  readonly environment: Environment;
  /** Fields without effect. */
  readonly warnings: readonly string[];
}

/** Packets of a file, then those typed. Any mistake refuses them all: a packet left out would change what the later ones meet. */
export async function readPacketsInput(terminal: Terminal, file: string | null, typed: readonly string[]): Promise<PacketsInput> {
  const fromFile = file === null ? { packets: [], environment: {}, warnings: [] } : await readPacketsFile(terminal, file);
  const lines = typed.map((line) => {
    const packet = parseTypedPacket(line);
    if ('failure' in packet) {
      const shown = [`    ${line}`, `    ${' '.repeat(textWidth([...line].slice(0, packet.column - 1).join('')))}${'^'.repeat(packet.length)}`];
      throw new Refusal(`packet "${line}", column ${packet.column}: ${packet.failure}`, { hint: packet.hint, shown });
    }
    return packet;
  });
  const packets = [...fromFile.packets, ...lines];
  if (packets.length === 0)
    throw new Refusal(file === null ? 'no packet is given' : 'there is no packet in it', {
      file,
      hint: "type one, like 'eth0 tcp 10.0.0.1:4200 > 8.8.8.8:443', or give --packets FILE",
    });
  return { ...fromFile, packets };
}

async function readPacketsFile(terminal: Terminal, given: string): Promise<PacketsInput> {
  const { name, text } = await readText(terminal, given);
  const json = parseJson(text);
  if ('failure' in json) throw new Refusal(json.failure, { file: name, line: json.line, column: json.column, hint: 'the file must be JSON' });
  const { packets, environment, problems } = readPackets(json.value);
  const errors = problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  if (first) {
    const others = errors.slice(1).map((problem) => `; ${problem.message}${problem.hint ? ` (${problem.hint})` : ''}`);
    throw new Refusal(`${first.message}${first.hint ? ` (${first.hint})` : ''}${others.join('')}`, { file: name, ...json.locate(first.path) });
  }
  return { packets, environment, warnings: problems.map((problem) => problem.message) };
}

/** The file a problem is in: with several files, the one whose section of that kind holds the line. */
export function fileOf(problem: Problem, node: Node, files: readonly InputFile[]): InputFile | undefined {
  if (files.length === 1) return files[0];
  const section = node.sections.find(({ kind, line, text }) => kind === problem.section && problem.line >= line && problem.line < line + text.split('\n').length);
  return files.find((file) => file.name === section?.file);
}
