/** The example scenarios that ship with the page, read as the command line reads them. */

import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseNode, readScenario, type Node, type Scenario } from '../../engine/index.ts';
import type { Section } from '../../engine/model/node.ts';

const FOLDER = 'public/examples';

export interface Example {
  /** `kube-ovn-installed/p01-pod-to-internet`. */
  readonly name: string;
  readonly folder: string;
  readonly scenario: Scenario;
}

export const EXAMPLES: readonly Example[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: folder }) =>
    readdirSync(`${FOLDER}/${folder}`)
      .filter((file) => file.endsWith('.scenario.yaml'))
      .map((file) => {
        const { scenario, problems } = readScenario(parse(readFileSync(`${FOLDER}/${folder}/${file}`, 'utf8')));
        if (!scenario) throw new Error(`${folder}/${file}: ${problems.map((problem) => problem.message).join('; ')}`);
        return { name: `${folder}/${file.replace('.scenario.yaml', '')}`, folder, scenario };
      }),
  );

const nodes = new Map<string, Node>();

/** What the node's own tools printed. */
export function exampleSnapshot({ folder, scenario }: Example): string {
  return scenario.snapshot ?? scenario.node.map((file) => readFileSync(`${FOLDER}/${folder}/${file}`, 'utf8')).join('');
}

export function exampleNode(example: Example): Node {
  const key = `${example.folder} ${example.scenario.node.join()}`;
  const node = nodes.get(key) ?? parseNode([{ name: 'node.snapshot', text: exampleSnapshot(example) }]);
  nodes.set(key, node);
  return node;
}

/** Only a kernel with IPVS can be asked about them: test/emulated. */
export function hasVirtualServers(example: Example): boolean {
  return exampleNode(example).sections.some(isVirtualServers);
}

export function isVirtualServers({ header }: Section): boolean {
  return header.startsWith('ipvsadm ');
}
