/** What to offer in the packet's fields: names and addresses that the node itself speaks of. */

import type { NodeSummary } from '../worker/messages.ts';
import type { OpenedExample } from './state.ts';

const MOST = 40;

export function addressSuggestions(node: NodeSummary | null, example: OpenedExample | null): readonly string[] {
  const found = new Set<string>();
  for (const packet of example?.packets ?? []) {
    if (packet.src) found.add(packet.src);
    found.add(packet.dst);
  }
  for (const link of node?.interfaces ?? []) for (const address of link.addresses) found.add(address.replace(/\/\d+$/, ''));
  for (const table of node?.tables ?? [])
    for (const chain of table.chains)
      for (const rule of chain.rules.slice(0, 200)) {
        if (found.size >= MOST) return [...found];
        for (const test of rule.tests) for (const [, , address] of test.matchAll(/(-s|-d) ([0-9a-f.:]+)(?:\/(?:32|128))?(?=\s|$)/g)) if (address) found.add(address);
      }
  return [...found].filter((address) => !/^127\.|^::1$|^fe80:/.test(address));
}

export function interfaceSuggestions(node: NodeSummary | null): readonly string[] {
  const found = new Set<string>();
  for (const link of node?.interfaces ?? []) if (link.name !== 'lo') found.add(link.name);
  for (const table of node?.tables ?? [])
    for (const chain of table.chains)
      for (const rule of chain.rules.slice(0, 200)) {
        if (found.size >= MOST) return [...found];
        for (const test of rule.tests) for (const [, , name] of test.matchAll(/(-i|-o) (\S+)/g)) if (name && !name.endsWith('+')) found.add(name);
      }
  return [...found];
}
