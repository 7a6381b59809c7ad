/** Sets that rules ask for and the files do not hold. */

import type { NodeSummary, RuleSummary } from '../worker/messages.ts';

const ASKED = /--(?:match|add|del|map)-set (\S+) (\S+)/;

function asked({ tests, targetOptions }: RuleSummary): readonly { readonly name: string; readonly dimensions: number }[] {
  return [...tests, targetOptions].flatMap((text) => {
    const [, name, dimensions = ''] = ASKED.exec(text) ?? [];
    return name === undefined ? [] : [{ name, dimensions: dimensions.split(',').length }];
  });
}

/** Names, each once. */
export function missingSets(rule: RuleSummary, node: NodeSummary): readonly string[] {
  const known = new Set(node.sets?.map(({ name }) => name));
  return [...new Set(asked(rule).map(({ name }) => name))].filter((name) => !known.has(name));
}

/** The most dimensions that a rule asks a set for; 1 where none does. */
export function dimensionsOf(node: NodeSummary, set: string): number {
  let most = 1;
  for (const { chains } of node.tables)
    for (const { rules } of chains) for (const rule of rules) for (const { name, dimensions } of asked(rule)) if (name === set) most = Math.max(most, dimensions);
  return most;
}
