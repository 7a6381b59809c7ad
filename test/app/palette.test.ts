import { beforeAll, describe, expect, test } from 'vitest';
import { ACTIONS } from '../../app/actions/index.ts';
import { actionForKey, isSingle, keysOf, withOwnKey, type KeyPress } from '../../app/actions/key-press.ts';
import { rowsOf, withoutRun } from '../../app/store/rows.ts';
import type { App } from '../../app/store/store.ts';
import { visitsOf } from '../../app/store/visits.ts';
import { LANGUAGES } from '../../app/text/languages.ts';
import { findItems, MOST_FOUND, paletteItems, placeItems, soughtRules, type PaletteItem } from '../../app/views/palette/items.ts';
import { openPage, openScenario } from './opened-page.ts';

let app: App;
let items: readonly PaletteItem[];
beforeAll(() => {
  app = openPage();
  openScenario(app, 'kube-ovn-installed/p43-policy-forward');
  items = paletteItems(app.store.getState());
});
const find = (query: string) => findItems(items, query).items;
const first = (query: string) => find(query)[0]?.key;

describe('actions', () => {
  test('each has a name in both languages, another one than any other, and is found by either, whichever is shown', () => {
    for (const language of ['en', 'zh'] as const) {
      const labels = ACTIONS.map((action) => action.label(LANGUAGES[language]));
      expect(new Set(labels).size).toBe(ACTIONS.length);
      for (const action of ACTIONS)
        expect(
          findItems(items, action.label(LANGUAGES[language])).items.map(({ key }) => key),
          action.name,
        ).toContain(`action ${action.name}`);
    }
    for (const action of ACTIONS) expect(action.label(LANGUAGES.zh)).toMatch(/\p{Script=Han}/u);
  });
  test('all are there before anything is typed, those that cannot be done now among them, and cannot be done', () => {
    const shown = findItems(items, '').items;
    for (const action of ACTIONS) expect(shown.find(({ key }) => key === `action ${action.name}`)?.perform === null, action.name).toBe(!action.available(app.store.getState()));
    expect(shown.find(({ key }) => key === 'action redo')?.perform).toBeNull();
  });
  test('no two have the same key', () => {
    const keys = ACTIONS.flatMap((action) => action.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('finding', () => {
  test('a number is a step, an address a rule, a name a chain or a set', () => {
    expect(first('14')).toBe('step 14');
    expect(first('nat/OVN-POSTROUTING/10')).toBe('rule nat/OVN-POSTROUTING/10');
    expect(first('NAT/ovn-postrouting/10')).toBe('rule nat/OVN-POSTROUTING/10');
    expect(first('OVN-MASQUERADE')).toBe('chain nat/OVN-MASQUERADE');
    expect(first('ovn40subnets')).toBe('set ovn40subnets');
    expect(first('p44')).toBe('scenario kube-ovn-installed/p44-policy-nat');
  });
  test('by text: a rule by what stands in it, a row by its id', () => {
    expect(find('--to-source 192.168.0.110').map(({ key }) => key)).toContain('rule nat/OVN-POSTROUTING/11');
    expect(find('S27').map(({ key }) => key)).toContain('rule nat/OVN-POSTROUTING/10');
  });
  test('letters may be left out between words, and only there', () => {
    expect(find('ovnpost').map(({ key }) => key)).toContain('chain nat/OVN-POSTROUTING');
    expect(find('nxst').map(({ key }) => key)).not.toContain('action next');
    expect(find('nst').map(({ key }) => key)).toContain('action next');
  });
  test('the same query gives the same order; what is left out is counted; what is not there is not found', () => {
    expect(find('ovn')).toEqual(find('ovn'));
    expect(findItems(items, 'ovn').more).toBeGreaterThan(0);
    expect(find('ovn')).toHaveLength(MOST_FOUND);
    expect(find('no such thing')).toEqual([]);
    expect(find('[.*')).toEqual([]);
  });
  test('Go to knows places only', () => {
    const kinds = new Set(placeItems(app.store.getState()).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['chain', 'rule', 'step']);
  });
});

describe('going', () => {
  const go = (query: string) => {
    app.select({ rulesAs: 'text', looking: null, expanded: [] });
    find(query)[0]?.perform?.(app);
    return app.store.getState().selection;
  };
  test('to a rule that the packet meets: its step; within a folded run, too', () => {
    const { step, rule } = go('nat/OVN-POSTROUTING/10');
    expect(app.store.getState().answer.traces[0]?.steps[step]).toMatchObject({ chain: 'OVN-POSTROUTING', rule: 10 });
    expect(rule).toBe(10);
    const folded = go('nat/OVN-POSTROUTING/3');
    expect(app.store.getState().answer.traces[0]?.steps[folded.step]).toMatchObject({ kind: 'misses', chain: 'OVN-POSTROUTING' });
    expect(folded.rule).toBe(3);
  });
  test('a run of misses that hides the rule is opened, and can be folded again', () => {
    const { answer } = app.store.getState();
    const chain = answer.node?.tables.find(({ key }) => key === 'nat')?.chains.find(({ name }) => name === 'OVN-POSTROUTING');
    const { expanded, step } = go('nat/OVN-POSTROUTING/3');
    const trace = answer.traces[0];
    const visit = trace && visitsOf(trace).list[visitsOf(trace).ofStep[step] ?? -1];
    const rows = (opened: readonly string[]) => (chain && visit ? rowsOf(chain, visit, opened) : []);
    const isThere = (opened: readonly string[]): boolean => rows(opened).some((row) => row.kind === 'rule' && row.number === 3);
    expect([isThere([]), isThere(expanded)]).toEqual([false, true]);
    const fold = rows(expanded).find((row) => row.kind === 'fold');
    expect(fold && isThere(withoutRun(expanded, fold))).toBe(false);
    // Going there again opens it once.
    expect(go('nat/OVN-POSTROUTING/3').expanded).toEqual(expanded);
  });
  test('to a rule that it does not meet: to it in its chain, and that is said', () => {
    const { step } = app.store.getState().selection;
    expect(go('nat/OVN-MASQUERADE/1')).toMatchObject({ rulesAs: 'chain', step, looking: { kind: 'chain', table: 'nat', chain: 'OVN-MASQUERADE', rule: 1 } });
    expect(app.store.getState().notice).toEqual({ kind: 'not-visited', detail: 'nat/OVN-MASQUERADE/1' });
  });
  test('to a set: what it holds', () => {
    expect(go('ovn40subnets-nat-policy')).toMatchObject({ rulesAs: 'chain', panel: 'rules', looking: { kind: 'set', name: 'ovn40subnets-nat-policy' } });
  });
});

describe('keys of one’s own', () => {
  const press = (key: string): KeyPress => ({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, keyCode: 0 });
  const byName = (name: string) => ACTIONS.find((action) => action.name === name) as (typeof ACTIONS)[number];
  test('a character means the other action then, and its old one nothing', () => {
    const { ownKeys, from } = withOwnKey({}, byName('goTo'), 'j', ACTIONS);
    expect(from).toBeNull();
    expect(actionForKey(press('j'), { singleKeys: true, ownKeys }, ACTIONS)?.name).toBe('goTo');
    expect(actionForKey(press('g'), { singleKeys: true, ownKeys }, ACTIONS)).toBeUndefined();
    expect(actionForKey(press('j'), { singleKeys: false, ownKeys }, ACTIONS)).toBeUndefined();
    // Caps lock makes upper case of it; Shift does on purpose.
    expect(actionForKey(press('J'), { singleKeys: true, ownKeys }, ACTIONS)?.name).toBe('goTo');
    expect(actionForKey({ ...press('J'), shiftKey: true }, { singleKeys: true, ownKeys }, ACTIONS)).toBeUndefined();
  });
  test('a character that is taken changes places; taken back, nothing is one’s own', () => {
    const { ownKeys, from } = withOwnKey({}, byName('goTo'), 'e', ACTIONS);
    expect(from?.name).toBe('editPacket');
    expect(actionForKey(press('g'), { singleKeys: true, ownKeys }, ACTIONS)?.name).toBe('editPacket');
    expect(withOwnKey(ownKeys, byName('goTo'), 'g', ACTIONS).ownKeys).toEqual({});
  });
  test('none at all, while keys with Ctrl stay', () => {
    const { ownKeys } = withOwnKey({}, byName('goTo'), '', ACTIONS);
    expect(keysOf(byName('goTo'), { ownKeys })).toEqual([]);
    expect(keysOf(byName('palette'), { ownKeys: { palette: 'k' } })).toEqual(['Mod+k', 'k']);
    expect([isSingle('['), isSingle('Home'), isSingle('中')]).toEqual([true, false, true]);
  });
});

describe('a node with thousands of rules', () => {
  /** A page with 20,000 rules, of which each that is looked at is counted. */
  const opened = (): { app: App; read: Set<number> } => {
    const read = new Set<number>();
    const large = openPage();
    const { node } = app.store.getState().answer;
    const rule = node?.tables[0]?.chains.find(({ rules }) => rules.length > 0)?.rules[0];
    if (!node || !rule) throw new Error('the scenario has no rules');
    const rules = new Proxy(new Array<typeof rule>(20_000), {
      get: (list, key) => {
        if (typeof key !== 'string' || !/^\d+$/.test(key)) return Reflect.get(list, key) as unknown;
        read.add(Number(key));
        return { ...rule, number: Number(key) + 1, source: `-A FORWARD -p tcp -m tcp --dport ${Number(key) + 1} -j ACCEPT` };
      },
      has: () => true,
    });
    const { answer } = large.store.getState();
    const tables = [{ key: 'filter', family: 'ipv4', name: 'filter', chains: [{ name: 'FORWARD', policy: 'ACCEPT', numbered: false, rules }] }] as const;
    large.store.setState({ answer: { ...answer, node: { ...node, tables } } });
    return { app: large, read };
  };
  const keys = (large: App, query: string): { keys: readonly string[]; more: number } => {
    const state = large.store.getState();
    const { items: found, more } = findItems(paletteItems(state), query, soughtRules(state, query));
    return { keys: found.map(({ key }) => key), more };
  };

  test('nothing of a rule is read before one is looked for', () => {
    const { app: large, read } = opened();
    expect(keys(large, '').keys.length).toBeGreaterThan(ACTIONS.length);
    expect(keys(large, 'forward').keys).toContain('chain filter/FORWARD');
    expect(read.size).toBe(0);
  });
  test('an address names its rule, and those that begin with it; no others are read', () => {
    const { app: large, read } = opened();
    expect(keys(large, 'FILTER/forward/19999').keys[0]).toBe('rule filter/FORWARD/19999');
    expect([...read]).toEqual([19_998]);
    expect(keys(large, 'filter/FORWARD/2').keys).toEqual(expect.arrayContaining(['rule filter/FORWARD/2', 'rule filter/FORWARD/20', 'rule filter/FORWARD/200']));
  });
  test('what the worker found by the words is listed, the rest is counted', () => {
    const { app: large, read } = opened();
    const places = Uint32Array.from(Array.from({ length: 100 }, (_, i) => [0, 0, 8000 + i]).flat());
    large.take({ kind: 'found', id: 0, query: 'dport 80', words: true, found: places });
    const { keys: found, more } = keys(large, 'dport 80');
    expect(found.filter((key) => key.startsWith('rule '))[0]).toBe('rule filter/FORWARD/8000');
    expect(found.length + more).toBe(100);
    expect(read.size).toBeLessThanOrEqual(MOST_FOUND);
    // It is the answer to that query, and to no other; the search in the rules has an answer of its own.
    expect(keys(large, 'dport 81').keys).toEqual([]);
    expect(large.store.getState().answer.found).toBeNull();
  });
});
