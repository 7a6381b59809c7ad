/** Examples that were made from a cluster: the snapshot beside it is what the generator makes of it. PACKETWALK_RECORD=1 writes it anew. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeOf } from '../engine/kube-ovn/clusters.ts';

const FOLDER = 'public/examples';

interface Listed {
  readonly name: string;
  readonly cluster?: string;
  readonly snapshot: string;
}
const { examples } = JSON.parse(readFileSync(`${FOLDER}/index.json`, 'utf8')) as { readonly examples: readonly Listed[] };
const FROM_CLUSTERS = examples.filter(({ name, cluster }) => cluster !== undefined || existsSync(`${FOLDER}/${name}/cluster.yaml`));

test('there are some', () => {
  expect(FROM_CLUSTERS.length).toBeGreaterThanOrEqual(3);
});

test.each(FROM_CLUSTERS.map((example) => [example.name, example] as const))('%s', (name, { cluster, snapshot }) => {
  // A cluster in the folder that the index does not name would be shown to nobody.
  expect(cluster).toBe('cluster.yaml');
  const { text } = nodeOf(readFileSync(`${FOLDER}/${name}/${cluster}`, 'utf8'));
  const file = `${FOLDER}/${name}/${snapshot}`;
  if (process.env.PACKETWALK_RECORD) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
