/** `packetwalk trace NODE PACKET`: walks packets through a node and shows the way each took, as text or JSON. */

import { existsSync } from 'node:fs';
import {
  checkPacket,
  createWorld,
  explainerOf,
  traceReportText,
  walk,
  walkConnection,
  walkWithReply,
  type Exchange,
  type GeneratedNode,
  type Node,
  type Packet,
  type Scenario,
  type Trace,
  type WalkResult,
  type World,
} from '../../../engine/index.ts';
import { isClusterText, parseClusterText } from '../cluster-file.ts';
import { generatedNode } from '../cluster-node.ts';
import { Refusal, type Command, type CommandLine } from '../command.ts';
import { parseNodeFiles, readNodeFiles, readPacketsInput, refuse, type PacketsInput } from '../input.ts';
import { LANGUAGES, type Language } from '../report/explanations.ts';
import { traceText } from '../report/text.ts';
import { painter } from '../report/style.ts';
import { isScenarioName, readScenarioFile, readScenarioNode } from '../scenario-file.ts';
import { readWish, WISHES } from '../report/why-not.ts';
import { count } from '../report/words.ts';
import type { Terminal } from '../terminal.ts';

export const trace: Command = {
  name: 'trace',
  usage: 'NODE… [PACKET…] [--packets FILE]',
  summary: 'walk packets through a node: which rule fires, and why the others do not',
  details: [
    'NODE is a snapshot (packetwalk snapshot), the output of one tool (iptables-save, ipset save, ip -j …), several such files of one',
    'node, or - for standard input; or a cluster, as packetwalk help kube-ovn describes it, with its options; or a scenario (*.scenario.yaml,',
    '*.scenario.json), which brings its packets along. PACKET is one quoted word:',
    '',
    "  '[INTERFACE | local] PROTOCOL [SRC[:PORT]] > DST[:PORT] [SYN,ACK] [mark 0x4000] [ttl 3] [type 8] [at 1.5] …'",
    '',
    'Packets walk in the order given, those of --packets first; connections, sets, limits and counters carry over from one to the next.',
    '--why-not names an outcome, a mark that rules set (0x4000 stands for 0x4000/0x4000) or a rule; below each packet stands what kept each',
    'rule that could have brought it about from doing so: its first test that failed, or what kept the packet from it.',
    'Exit status 0 if packets were walked, wherever they ended; 2 if a file or a packet cannot be used.',
  ],
  options: {
    packets: { type: 'string', placeholder: 'FILE', help: 'packets as JSON; - for standard input' },
    reply: { type: 'boolean', help: 'after each packet, walk the answer to what left' },
    connect: { type: 'boolean', help: 'open each connection: SYN, SYN+ACK, ACK; request and answer for others' },
    json: { type: 'boolean', help: 'print the traces as JSON, misses included' },
    matched: { type: 'boolean', help: 'leave out rules that did not match' },
    node: { type: 'string', placeholder: 'NAME', help: 'which node of a cluster' },
    'why-not': { type: 'string', placeholder: 'WISH', help: `why it did not happen, rule by rule: ${WISHES}` },
    lang: { type: 'string', placeholder: LANGUAGES.join('|'), help: 'language of the report; en if left out' },
    'no-explain': { type: 'boolean', help: 'do not say what they are for' },
    ipv6: { type: 'boolean', help: 'rules whose family the text does not tell are IPv6' },
    color: { type: 'boolean', help: 'colours even if this is no terminal' },
  },
  examples: [
    ["packetwalk trace node.snapshot 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443'", 'a packet from a pod'],
    ["packetwalk trace node.snapshot 'local udp > 10.96.0.10:53' --reply", 'a query sent by the node, and its answer'],
    ["packetwalk trace node.snapshot 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443' --why-not snat", 'what kept each rule from translating its source'],
    // To the address of the default node that stands in where none is given.
    ["iptables-save | packetwalk trace - 'eth0 tcp 198.51.100.7:4000 > 192.0.2.1:22' --matched", 'rules alone, from standard input'],
    ["packetwalk trace cluster.yaml --node node1 'ovn0 tcp 10.16.0.10:4000 > 8.8.8.8:443' --lang zh", 'a Kube-OVN cluster, its rules explained in Chinese'],
    ['packetwalk trace rules.save sets.save --packets flow.json --json', 'several files, packets and trace as JSON'],
  ],
  async run(line, terminal) {
    const { nodes, typed } = sortArguments(line.arguments);
    if (line.flag('reply') && line.flag('connect')) throw new Refusal('--reply and --connect exclude each other', { hint: '--connect walks the answer, too' });
    if (line.flag('why-not') && line.flag('json')) throw new Refusal('--why-not and --json exclude each other', { hint: 'in JSON every rule that was looked at has its reason' });
    if (nodes.includes('-') && line.value('packets') === '-') throw new Refusal('standard input can be read only once', { hint: 'name a file for NODE or for --packets' });
    const language = languageOf(line);
    const [scenario] = nodes;
    const { node, generated, input } =
      nodes.length === 1 && scenario !== undefined && isScenarioName(scenario)
        ? await scenarioOf(scenario, line, typed, terminal)
        : { ...(await nodeOf(line, nodes, terminal)), input: await readPacketsInput(terminal, line.value('packets'), typed) };
    const { packets, warnings } = input;
    const start = createWorld(node, input.environment);
    refuse(refusedPackets(start, input));
    const wish = line.value('why-not');
    const whyNot = wish === null ? {} : { whyNot: readWish(wish, start) };
    const { world, traces, notes } = walkAll(start, packets, line);
    const allNotes = [...warnings, ...notes];
    if (line.flag('json')) for (const piece of traceReportText(world, traces, allNotes, { matchedOnly: line.flag('matched') })) terminal.write(piece);
    else {
      const errors = world.problems.filter((problem) => problem.severity === 'error').length;
      if (errors > 0)
        terminal.writeError(
          `packetwalk: ${count(errors, 'error')} in ${nodes.join(' ')}; packetwalk check ${nodes.length > 3 ? '…' : nodes.join(' ')} shows ${errors === 1 ? 'it' : 'them'}\n`,
        );
      terminal.write(
        traceText(world, traces, {
          notes: allNotes,
          matchedOnly: line.flag('matched'),
          ...whyNot,
          language,
          columns: terminal.columns,
          paint: painter(line.flag('color') || terminal.color),
          ...(line.flag('no-explain') ? {} : { explain: { explainer: explainerOf(node, generated), language } }),
        }),
      );
    }
    return 0;
  },
};

/** The node of the files; of a cluster alone, with what it was made of. */
async function nodeOf(line: CommandLine, names: readonly string[], terminal: Terminal): Promise<{ readonly node: Node; readonly generated: GeneratedNode | null }> {
  const files = await readNodeFiles(terminal, names);
  const [file, ...others] = files;
  if (!file || others.length > 0 || !isClusterText(file)) {
    if (line.value('node') !== null) throw new Refusal('--node chooses a node of a cluster', { hint: 'leave it out: a snapshot is of one node' });
    return { node: parseNodeFiles(files, line.flag('ipv6'), 'walked'), generated: null };
  }
  const generated = generatedNode(parseClusterText(file), line, terminal);
  return { node: parseNodeFiles([{ name: file.name, text: generated.text }], false, 'walked'), generated };
}

/** Node and packets of a scenario, and the packets typed behind them. */
async function scenarioOf(
  name: string,
  line: CommandLine,
  typed: readonly string[],
  terminal: Terminal,
): Promise<{ readonly node: Node; readonly generated: GeneratedNode | null; readonly input: PacketsInput }> {
  if (line.value('packets') !== null) throw new Refusal('--packets: the scenario has packets of its own', { hint: 'leave it out, or give the node itself' });
  const file = await readScenarioFile(terminal, name);
  if (!file.scenario)
    refuse(file.errors.map(({ file: place, line: at, column, message }) => new Refusal(message, { file: place, ...(at === null || column === null ? {} : { line: at, column }) })));
  const scenario = file.scenario as Scenario;
  const { node, generated } = await readScenarioNode(terminal, name, scenario);
  const own: PacketsInput = {
    packets: scenario.packets,
    environment: scenario.environment,
    warnings: file.warnings.map(({ message }) => message),
    place: (index, field) => ({ file: file.name, ...file.locate(['packets', index, field]) }),
  };
  return { node, generated, input: await readPacketsInput(terminal, null, typed, own) };
}

function languageOf(line: CommandLine): Language {
  const given = line.value('lang') ?? 'en';
  const language = LANGUAGES.find((one) => one === given);
  if (language === undefined) throw new Refusal(`--lang: no language "${given}"`, { hint: `languages are ${LANGUAGES.join(', ')}` });
  return language;
}

/** An argument with ">" is a packet, unless there is a file of that name. */
function sortArguments(words: readonly string[]): { readonly nodes: readonly string[]; readonly typed: readonly string[] } {
  const isPacket = (word: string): boolean => word.includes('>') && !existsSync(word);
  return { nodes: words.filter((word) => !isPacket(word)), typed: words.filter(isPacket) };
}

/** Packets that name what the node has not. */
function refusedPackets(world: World, { packets, place }: PacketsInput): readonly Refusal[] {
  return packets.flatMap((packet, i) => {
    const refused = checkPacket(world, packet);
    return refused ? [new Refusal(`packet ${i + 1}: ${refused.field}: ${refused.failure}`, { ...place(i, refused.field), hint: refused.hint })] : [];
  });
}

function walkAll(start: World, packets: readonly Packet[], line: CommandLine): { readonly world: World; readonly traces: readonly Trace[]; readonly notes: readonly string[] } {
  let world = start;
  const traces: Trace[] = [];
  const notes: string[] = [];
  for (const packet of packets) {
    const walked = line.flag('connect') ? walkConnection(world, packet) : line.flag('reply') ? walkWithReply(world, packet) : alone(walk(world, packet));
    world = walked.world;
    traces.push(...walked.traces);
    notes.push(...walked.notes);
  }
  return { world, traces, notes };
}

function alone({ trace: only, world, notes }: WalkResult): Exchange {
  return { traces: [only], world, notes };
}
