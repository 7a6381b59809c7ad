/** Which of a person's files describe a cluster: told by what stands in them, not by their names. */

import type { Document } from '../store/document.ts';

type Files = Document['files'];

/** Sections of a snapshot, and what iptables-save and ipset save print: none of them stands in YAML at the beginning of a line. */
const OF_A_NODE = /^(==> .+ <==|\*(raw|mangle|nat|filter|security)\b|create \S+ (hash|bitmap|list):)/m;
/** Kubernetes' objects, in YAML or JSON. */
const OBJECTS = /^[ \t]*(- |[{[][ \t]*)?"?kind"?[ \t]*:[ \t]*"?(Subnet|Vpc|Node|Service|EndpointSlice|Pod|ServiceCIDR|\w*List)\b/m;
/** The short form, in YAML or JSON. */
const SHORT = /^([{][ \t]*|[ \t]*(?="))?"?(nodes|subnets)"?[ \t]*:/m;

export function describesCluster(text: string): boolean {
  return !OF_A_NODE.test(text) && (OBJECTS.test(text) || SHORT.test(text));
}

/** All that describe a cluster are one description, in front; the others add to the node. */
export function gathered(files: Files): Pick<Document, 'files' | 'cluster'> {
  const [clusters, others]: [Files[number][], Files[number][]] = [[], []];
  for (const file of files) (describesCluster(file.text) ? clusters : others).push(file);
  const [first] = clusters;
  if (!first) return { files, cluster: false };
  const text = clusters.length === 1 ? first.text : clusters.map((file) => `# ${file.name}\n${file.text.replace(/^---[ \t]*\n/, '').trimEnd()}\n`).join('---\n');
  return { files: [{ name: clusters.length === 1 ? first.name : 'cluster.yaml', text }, ...others], cluster: true };
}

/** Whether a file is worth reading as a scenario: those, and what the page saved, have packets of their own. */
export function mayBeScenario({ name, text }: Files[number]): boolean {
  return /\.scenario\.(ya?ml|json)$/i.test(name) || (/^\s*\{/.test(text) && /"packets"\s*:/.test(text) && /"(packetwalk|snapshot|node)"\s*:/.test(text));
}

/** Most of what cannot be a character that a text may have; the first two are a mark of its encoding. */
const STRANGE = 0.02;

/** Whether a file holds words at all: an empty one does not, nor does a picture. */
export function holdsText({ text }: Files[number]): boolean {
  const sample = text.slice(2, 1000);
  return /\S/.test(text) && (sample.match(/\ufffd/g)?.length ?? 0) <= sample.length * STRANGE;
}

/** A list, or one under "packets"; of what \`ip -j\` prints nothing has "proto". Scenarios have packets of their own. */
const PACKETS = /^\s*(\{(?=[\s\S]*"packets"\s*:\s*\[)|\[\s*\{(?=[^}]*"dst"\s*:)(?=[^}]*"proto"\s*:))/;

/** Whether a file is worth reading as packets alone. */
export function mayBePackets(file: Files[number]): boolean {
  return PACKETS.test(file.text) && !mayBeScenario(file) && !describesCluster(file.text);
}
