/** The way out of an unknown verdict: what is missing is added as text, and taken back. What ipset and ip print is theirs (ipset 7.17, iproute2 6.1). */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { addDefaultRoute, addEmptySet, addSets } from '../../app/actions/add-missing.ts';
import { draftOf } from '../../app/store/draft.ts';
import { dimensionsOf, missingSets } from '../../app/store/missing.ts';
import type { App } from '../../app/store/store.ts';
import type { NodeSummary, RuleSummary } from '../../app/worker/messages.ts';
import { openPage } from './opened-page.ts';

const GATEWAY = readFileSync('test/support/gateway.snapshot', 'utf8');
const POD = { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 } as const;

function opened(text: string): { app: App; verdict: () => string | undefined; node: () => NodeSummary; names: () => readonly string[] } {
  const app = openPage();
  app.open({ example: null, files: [{ name: 'node', text }], cluster: false, packets: [draftOf(POD)], environment: {} });
  const state = () => app.store.getState();
  return {
    app,
    verdict: () => state().answer.traces[0]?.outcome.verdict,
    node: () => state().answer.node as NodeSummary,
    names: () => state().document.files.map(({ name }) => name),
  };
}

function unknownRule({ tables }: NodeSummary): RuleSummary {
  return tables.find(({ key }) => key === 'filter')?.chains.find(({ name }) => name === 'FORWARD')?.rules[1] as RuleSummary;
}

describe('a set that rules ask for', () => {
  const text = GATEWAY.replace(/create pods .*\nadd pods .*\n/, '');

  test('as empty: no rule is in doubt any more; undo brings the doubt back', () => {
    const { app, verdict, node, names } = opened(text);
    expect([verdict(), missingSets(unknownRule(node()), node())]).toEqual(['unknown', ['pods']]);
    addEmptySet(app, 'pods', 'ipv4');
    // FORWARD's policy: nobody is in the set that it lets through.
    expect([verdict(), missingSets(unknownRule(node()), node()), node().problems]).toEqual(['dropped', [], []]);
    expect(names()).toEqual(['node', 'added-sets.txt']);
    expect(app.store.getState().notice).toEqual({ kind: 'added', detail: 'added-sets.txt' });
    app.undo();
    expect([verdict(), names()]).toEqual(['unknown', ['node']]);
  });
  test('as ipset save prints it: what is in it counts; more goes to the same file', () => {
    const { app, verdict, names } = opened(text);
    addSets(app, 'create pods hash:net family inet hashsize 1024 maxelem 65536\nadd pods 10.0.11.0/24\n');
    expect(verdict()).toBe('forwarded');
    addEmptySet(app, 'more', 'ipv6');
    expect(names()).toEqual(['node', 'added-sets.txt']);
    expect(app.store.getState().document.files[1]?.text).toBe(
      'create pods hash:net family inet hashsize 1024 maxelem 65536\nadd pods 10.0.11.0/24\ncreate more hash:net family inet6\n',
    );
    addSets(app, '  ');
    expect(app.store.getState().history.past).toHaveLength(2);
  });
  test('its type has the dimensions that the rules ask for', () => {
    const { app, node } = opened(text.replace('--match-set pods src -j ACCEPT', '--match-set pods src,dst -j ACCEPT'));
    expect(dimensionsOf(node(), 'pods')).toBe(2);
    addEmptySet(app, 'pods', 'ipv4');
    expect([node().sets?.[0]?.type, node().problems.filter(({ severity }) => severity === 'error')]).toEqual(['hash:ip,port', []]);
  });
});

describe('a route to everywhere', () => {
  test('where none leads to the destination: by the link that is chosen', () => {
    const { app, verdict } = opened(GATEWAY.replace(/\{"dst":"default"[^}]*\},/, ''));
    expect([verdict(), app.store.getState().answer.traces[0]?.outcome.reason]).toEqual(['lost', 'no route']);
    addDefaultRoute(app, 'eth0', 'ipv4');
    expect([verdict(), app.store.getState().answer.traces[0]?.outcome.out]).toEqual(['forwarded', 'eth0']);
    expect(app.store.getState().answer.node?.problems).toEqual([]);
  });
  test('of the packet’s own family', () => {
    const { app } = opened(GATEWAY);
    addDefaultRoute(app, 'eth0', 'ipv6');
    expect(app.store.getState().answer.node?.problems).toEqual([]);
    app.editField(0, 'src', 'fd00::2');
    app.editField(0, 'dst', '2001:db8::1');
    const steps = app.store.getState().answer.traces[0]?.steps;
    expect(steps?.find(({ kind }) => kind === 'route')).toMatchObject({ dev: 'eth0', family: 'ipv6' });
  });
});
