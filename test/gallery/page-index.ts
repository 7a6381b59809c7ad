/**
 * public/examples/gallery.json: what the page's gallery says of each scenario before it is opened – its verdict, its families, its packet – and
 * the text of the rules, to search by. The verdicts are the page's own words for the page's own walk; that the walk is the kernel's is held
 * in test/kernel and test/emulated.
 */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Bilingual, Environment, Packet } from '../../engine/index.ts';
import { readExampleList } from '../../app/shipped/examples.ts';
import type { GalleryFile, ScenarioNote } from '../../app/shipped/gallery.ts';
import { draftOf, packetOf } from '../../app/store/draft.ts';
import { fateOf } from '../../app/store/fate.ts';
import type { ExampleEntry } from '../../app/store/state.ts';
import { LANGUAGES } from '../../app/text/languages.ts';
import { fateSentence } from '../../app/views/verdict/fate-words.ts';
import { describe } from '../../app/worker/cluster.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, NodeSummary, TraceView } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';

/** Sections of the catalogue, by the first packet of each. */
const TOPICS: readonly { readonly id: string; readonly first: string; readonly title: Bilingual }[] = [
  { id: 'egress', first: 'P01', title: { en: 'From pods to the outside', zh: 'Pod 访问外部' } },
  { id: 'direct', first: 'P12', title: { en: 'From outside straight to pods', zh: '外部直接访问 Pod' } },
  { id: 'services', first: 'P21', title: { en: 'Services inside the cluster', zh: '集群内的 Service' } },
  { id: 'ports', first: 'P31', title: { en: 'Node ports, load balancers, hostPorts, tunnels', zh: 'NodePort、负载均衡、hostPort 与隧道' } },
  { id: 'policy', first: 'P43', title: { en: 'natOutgoingPolicyRules', zh: 'natOutgoingPolicyRules 策略规则' } },
  { id: 'probe', first: 'P51', title: { en: 'Probes of custom VPCs', zh: '自定义 VPC 的探测' } },
  { id: 'ipv6', first: 'P56', title: { en: 'The same over IPv6', zh: '同样的问题，换成 IPv6' } },
  { id: 'rare', first: 'P63', title: { en: 'Rarely or never met', zh: '很少或从不遇到' } },
];

/** Texts kept of the rules of one row: more are alike. */
const MOST_TEXTS = 3;

export function pageIndex(): GalleryFile {
  const read = (address: string): string => readFileSync(`public/${address}`, 'utf8');
  const scenarios: Record<string, ScenarioNote> = {};
  const rules = new Map<string, Set<string>>();
  let answers: Answer[] = [];
  const session = createSession(engine, (answer) => answers.push(answer));
  let id = 0;
  let node: string | null = null;
  for (const entry of readExampleList(JSON.parse(read('examples/index.json')))) {
    const { packets, environment } = packetsOf(entry, read(entry.packets));
    answers = [];
    const files = node === entry.node ? null : [{ name: entry.node, text: read(entry.node) }];
    session({ kind: 'run', id: ++id, files, cluster: entry.cluster, packets, environment }, describe);
    node = entry.node;
    const made = answers.find((answer) => answer.kind === 'node');
    if (made) collectRules(made.node, rules);
    const traces = answers.find((answer) => answer.kind === 'traces')?.traces;
    if (!traces) throw new Error(`${entry.id}: ${answers.map((answer) => ('message' in answer ? answer.message : answer.kind)).join(', ')}`);
    scenarios[entry.id] = noteOf(packets, traces);
  }
  const texts = [...rules].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([row, found]) => [row, [...found].slice(0, MOST_TEXTS)] as const);
  return { format: 1, topics: TOPICS, scenarios, rules: Object.fromEntries(texts) };
}

/** What a scenario is about is where its packets lead to: the verdict on the last one. */
function noteOf(packets: readonly Packet[], traces: readonly TraceView[]): ScenarioNote {
  const fate = fateOf(traces.at(-1) as TraceView);
  const families = new Set(packets.map(({ dst }) => (dst.includes(':') ? 'ipv6' : 'ipv4')));
  const [first] = packets;
  return {
    class: fate.class,
    verdict: { en: fateSentence(fate, LANGUAGES.en), zh: fateSentence(fate, LANGUAGES.zh) },
    families: (['ipv4', 'ipv6'] as const).filter((family) => families.has(family)),
    packet: first ? `${first.src ?? ''} → ${first.dst} ${first.proto}${first.dport === undefined ? '' : ` ${first.dport}`}`.trim() : '',
    packets: packets.length,
  };
}

/** As the page walks them: with what its fields show for what is not written. */
function packetsOf(entry: ExampleEntry, text: string): { readonly packets: readonly Packet[]; readonly environment: Environment } {
  const value = (entry.packets.endsWith('.yaml') ? parse(text) : JSON.parse(text)) as
    | readonly Packet[]
    | { readonly packets: readonly Packet[]; readonly environment?: Environment };
  const given = 'packets' in value ? value : { packets: value };
  return {
    packets: given.packets.map((packet) => packetOf(draftOf(packet)).packet ?? packet),
    environment: ('environment' in given && given.environment) || {},
  };
}

function collectRules({ tables }: NodeSummary, rules: Map<string, Set<string>>): void {
  for (const table of tables)
    for (const chain of table.chains)
      for (const { purpose, source } of chain.rules) {
        if (!purpose) continue;
        // The part behind the chain's name: that is what one searches for.
        const text = source.replace(/^(\[\d+:\d+\] )?-A \S+ /, '');
        rules.set(purpose.row, (rules.get(purpose.row) ?? new Set()).add(text));
      }
}
