/** A link that leads to what is not there goes as near as it can, and says what of it was left out. */

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { byTest } from '../../app/actions/by-test.ts';
import { chooseExample } from '../../app/actions/choose-example.ts';
import { readLink, writeLink } from '../../app/share/link.ts';
import type { Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { EXAMPLES, openPage } from './opened-page.ts';
import { TRACE } from './trace-fixture.ts';

const MANY = 500;
/** A chain of few rules, one so long that its readings do not come with the walk, and one that the packet does not come to. */
const RULES = `==> iptables-save <==
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:FEW - [0:0]
:LONG - [0:0]
-A INPUT -p tcp -j FEW
-A INPUT -j LONG
-A FEW -p udp -j DROP
-A FEW -p tcp --dport 1 -j DROP
${'-A LONG -p udp -j DROP\n'.repeat(MANY)}COMMIT
==> ip -j addr <==
[{"ifindex":1,"ifname":"eth0","flags":["UP"],"mtu":1500,"addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]}]
`;
const packet = draftOf({ in: 'eth0', src: '192.0.2.9', dst: '192.0.2.1', proto: 'tcp', sport: 4000, dport: 80 });
const DOCUMENT: Document = {
  example: null,
  files: [{ name: 'a', text: RULES }],
  cluster: false,
  packets: [packet, { ...packet, fields: { ...packet.fields, dport: '81' } }],
  environment: {},
};

let app: App;
const state = () => app.store.getState();
const open = (query: string): void => {
  const { step, rule, part, packet: at, caused, altitude } = readLink(`#/own?${query}`) ?? expect.unreachable();
  app.select({ altitude });
  app.open(DOCUMENT, { step, rule, part, packet: at, caused });
};
const said = () => [state().notice?.kind, state().notice?.detail];

beforeEach(() => {
  app = openPage();
  app.say(null);
});
const chainStep = (chain: string): number => (state().answer.traces[0]?.steps.findIndex((step) => 'chain' in step && step.chain === chain) ?? -1) + 1;

describe('a link to files of one’s own', () => {
  test.each(['step=1', 'at=2', 'sel=filter/INPUT/1', 'sel=filter/FEW/2', 'sel=filter/LONG/500', 'sel=filter/FORWARD/1', 'alt=test&sel=filter/FEW/1&part=1', ''])(
    '%j is followed whole, and nothing is said',
    (query) => {
      open(query);
      expect(state().answer.status).toBe('ready');
      expect(state().notice).toBeNull();
    },
  );
  test.each(['step=999', 'at=3', 'caused=1', 'sel=filter/FEW/9', 'sel=filter/FEW/0', 'sel=filter/GONE/1', 'sel=nat/INPUT/1', 'sel=filter/FORWARD/2'])(
    '%j: what is not there is said',
    (query) => {
      open(query);
      expect(said()).toEqual(['unknown-link', query]);
      expect(state().selection.rule).toBeNull();
    },
  );
  test('with a step, a rule that the step does not come to is looked at beside it, and the address says both', () => {
    open('');
    const query = `step=${chainStep('FEW')}&sel=filter/INPUT/1`;
    open(query);
    expect(state().notice).toBeNull();
    expect(state().selection).toMatchObject({ step: chainStep('FEW') - 1, rule: null, looking: { kind: 'chain', table: 'filter', chain: 'INPUT', rule: 1 } });
    expect(writeLink(state())).toContain(query);
    app.select({ follow: true, looking: null });
    expect(writeLink(state())).not.toContain('sel=');
  });
  test('… beyond the end of the chain it is said and is not chosen', () => {
    open('');
    for (const rule of ['filter/FEW/77', 'filter/INPUT/77']) {
      const query = `step=${chainStep('FEW')}&sel=${rule}`;
      open(query);
      expect(said()).toEqual(['unknown-link', `sel=${rule}`]);
      expect(state().selection).toMatchObject({ step: chainStep('FEW') - 1, rule: null, looking: null });
    }
  });
  test('a part beyond the last of its rule is said; the first is shown', () => {
    open('alt=test&sel=filter/FEW/2&part=2');
    expect([state().notice, state().selection.part]).toEqual([null, 1]);
    open('alt=test&sel=filter/FEW/2&part=3');
    expect(said()).toEqual(['unknown-link', 'part=3']);
    expect(state().selection).toMatchObject({ rule: 2, part: 0 });
    open('alt=test&step=1&part=2');
    expect(said()).toEqual(['unknown-link', 'part=2']);
  });
  test('… also where its tests are asked for later', () => {
    for (const [part, notice] of [
      [1, null],
      [2, { kind: 'unknown-link', detail: 'part=2' }],
    ] as const) {
      app.say(null);
      open(`alt=test&sel=filter/LONG/400&part=${part}`);
      byTest.perform(app);
      expect(Object.keys(state().answer.readings)).toHaveLength(1);
      expect(state().notice).toEqual(notice);
      expect(state().selection.part).toBe(0);
    }
  });
  test('of several things each is said, once; Undo and Redo of it say nothing', () => {
    open('');
    open('at=9&step=999&caused=2.1');
    expect(said()).toEqual(['unknown-link', 'at=9 caused=2.1 step=999']);
    app.say(null);
    app.undo();
    app.redo();
    expect(state().notice).toBeNull();
  });
});

describe('a link to a scenario', () => {
  beforeEach(() => {
    const get = async (address: string) => ({ ok: !address.startsWith('embed/'), status: 404, text: async () => readFileSync(`public/${address}`, 'utf8') });
    vi.stubGlobal('fetch', get);
  });
  afterEach(() => void vi.unstubAllGlobals());

  test('what it says that nobody understands, and what is not there, are said together', async () => {
    app = createApp({ run: () => 0, why: () => undefined });
    app.know({ examples: EXAMPLES });
    const id = EXAMPLES.find(({ packets, cluster }) => packets.endsWith('.json') && !cluster)?.id ?? '';
    await chooseExample(app, id, readLink(`#/s/${id}?at=99&colour=blue`));
    const { packets } = state().document;
    expect([state().document.example, state().selection.packet]).toEqual([id, packets.length - 1]);
    app.take({ kind: 'traces', id: 1, traces: packets.map(() => TRACE), problems: [] });
    expect(said()).toEqual(['unknown-link', 'colour=blue at=99']);
  });
});
