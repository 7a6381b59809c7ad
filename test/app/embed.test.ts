/** The parts of the embed that need no browser: its address, its messages, where answers come from, its pictures. */

import { readFileSync } from 'node:fs';
import { Address4 as Page4, Address6 as Page6 } from 'ip-address';
import { describe, expect, test, vi } from 'vitest';
import { Address4, Address6 } from '../../app/embed/ip-address.ts';
import { heightFor } from '../../app/embed/frame-size.ts';
import { createHost } from '../../app/embed/host.ts';
import { languageOf, PANELS, readOptions, scenarioOf } from '../../app/embed/options.ts';
import { COLOURS, pictureOf } from '../../app/embed/picture.ts';
import { prepare } from '../../app/embed/prepare.ts';
import { readIncoming, type Incoming } from '../../app/embed/protocol.ts';
import { createPlay } from '../../app/embed/play.ts';
import { createEmbedWalker } from '../../app/embed/walker.ts';
import type { ScenarioData } from '../../app/embed/data.ts';
import { draftOf, packetOf } from '../../app/store/draft.ts';
import type { App } from '../../app/store/store.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, NodeSummary, Request } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';
import { TRACE } from './trace-fixture.ts';

describe('the address', () => {
  test('says what to show', () => {
    expect(readOptions('?theme=dark&lang=zh&panels=why,path&controls=min&lock=packet&activate=auto')).toEqual({
      theme: 'dark',
      language: 'zh',
      panels: ['path', 'why'],
      controls: 'min',
      lock: ['packet'],
      activate: 'auto',
    });
  });
  test.each(['', '?', '?theme=blue&lang=fr&panels=none&controls=&lock=all&activate=now', '?panels=,,&%E0%A4%A=1'])('"%s" falls back to the whole figure', (search) => {
    expect(readOptions(search)).toEqual({ theme: 'auto', language: 'auto', panels: PANELS, controls: 'full', lock: [], activate: 'click' });
  });
  test('names a scenario in its fragment, or none', () => {
    expect(scenarioOf('#/s/kube-ovn-installed/p43-policy-forward?step=3')).toBe('kube-ovn-installed/p43-policy-forward');
    expect(scenarioOf('#/x/1.abc')).toBeNull();
    expect(scenarioOf('#/s/%E0%A4%A')).toBeNull();
  });
  test('the first language there is', () => {
    expect(languageOf(['fr-FR', 'zh-TW', 'en'])).toBe('zh');
    expect(languageOf(['de', 'EN-us'])).toBe('en');
    expect(languageOf([])).toBe('en');
  });
  test('heights are whole and depend on the width, and on whether there are lists', () => {
    for (let width = 200; width < 1500; width += 7) expect(Number.isInteger(heightFor(width))).toBe(true);
    expect([679, 680, 720].map((width) => heightFor(width))).toEqual([560, 480, 480]);
    // What the address says of panels that do not exist counts as not written, as in readOptions.
    for (const panels of ['', 'nonsense', PANELS.join(), 'path,why', 'rules']) expect(heightFor(720, panels), panels).toBe(480);
    const low = (panels: string, controls?: string): number => heightFor(390, panels, controls);
    expect(low('path,bits')).toBeLessThan(400);
    expect(low('path')).toBeLessThan(low('path,bits'));
    expect(low('path', 'none')).toBeLessThan(low('path', 'min'));
  });
});

describe('messages', () => {
  const read = (inner: unknown): unknown => readIncoming({ packetwalk: inner });
  test.each([
    null,
    undefined,
    'x',
    3,
    [],
    {},
    { type: 'step' },
    { packetwalk: null },
    { packetwalk: { v: 1 } },
    { packetwalk: { v: 2, type: 'step', to: 1 } },
    { packetwalk: { v: 1, type: 'dance' } },
  ])('not ours: %j', (data) => expect(readIncoming(data)).toBe('stranger'));
  test('ours are read field by field', () => {
    expect(read({ v: 1, type: 'step', to: 14, id: 'a' })).toEqual({ type: 'step', to: 14, id: 'a' });
    expect(read({ v: 1, type: 'setPacket', fields: { dport: 53 } })).toEqual({ type: 'setPacket', packet: 1, fields: { dport: '53' } });
  });
  test.each([
    [{ type: 'step', to: 0 }, '"+1"'],
    [{ type: 'step', to: 1.5 }, '"+1"'],
    [{ type: 'step', to: '+2' }, '"+1"'],
    [{ type: 'setTheme', theme: 'pink' }, 'light'],
    [{ type: 'setLang', lang: 'de' }, 'zh'],
    [{ type: 'load' }, 'scenario'],
    [{ type: 'setPacket', packet: 0, fields: {} }, 'packet'],
    [{ type: 'highlight', rule: 3 }, 'TABLE/CHAIN/NUMBER'],
  ])('what cannot be obeyed is answered: %j', (inner, word) => {
    expect(read({ v: 1, id: 1, ...inner })).toEqual({ id: 1, wrong: expect.stringContaining(word) });
  });

  function channel(): { host: ReturnType<typeof createHost>; parent: { postMessage: ReturnType<typeof vi.fn> }; obeyed: Incoming[] } {
    const parent = { postMessage: vi.fn() };
    const obeyed: Incoming[] = [];
    return { parent, obeyed, host: createHost({ parent }, (message) => obeyed.push(message)) };
  }
  const event = (source: unknown, origin: string, inner: object): Pick<MessageEvent, 'source' | 'origin' | 'data'> => ({
    source: source as MessageEventSource,
    origin,
    data: { packetwalk: { v: 1, ...inner } },
  });

  test('before hello only what tells nothing leaves, and nothing is obeyed', () => {
    const { host, parent, obeyed } = channel();
    host.send({ type: 'step', step: 1, count: 2, hook: 'INPUT', rule: null });
    host.send({ type: 'ready' });
    host.receive(event(parent, 'https://docs.example', { type: 'getState' }));
    expect(parent.postMessage.mock.calls).toEqual([[{ packetwalk: { v: 1, type: 'ready' } }, '*']]);
    expect(obeyed).toEqual([]);
  });
  test('after hello everything goes to the origin that said it', () => {
    const { host, parent, obeyed } = channel();
    host.receive(event(parent, 'https://docs.example', { type: 'hello' }));
    host.send({ type: 'step', step: 1, count: 2, hook: 'INPUT', rule: null });
    expect(parent.postMessage).toHaveBeenLastCalledWith(expect.anything(), 'https://docs.example');
    host.receive(event(parent, 'https://docs.example', { type: 'play' }));
    expect(obeyed.map(({ type }) => type)).toEqual(['hello', 'play']);
  });
  test('only the parent is heard', () => {
    const { host, parent, obeyed } = channel();
    host.receive(event({}, 'https://docs.example', { type: 'hello' }));
    host.send({ type: 'verdict', verdict: 'forwarded', class: 'neutral', text: 'x' });
    expect(parent.postMessage).not.toHaveBeenCalled();
    expect(obeyed).toEqual([]);
  });
});

const read = (address: string): string => {
  const text = readFileSync(`public/${address}`, 'utf8');
  if (!address.endsWith('index.json')) return text;
  const { examples } = JSON.parse(text) as { examples: { name: string }[] };
  return JSON.stringify({ examples: examples.filter(({ name }) => name === 'kube-ovn-policy-overlap') });
};
const prepared = prepare(read);

/** The value that a script hands over. */
function handedOver<T>(path: string): T {
  const text = prepared.files.find((file) => file.path === path)?.text ?? '';
  let value: unknown;
  new Function('packetwalkData', text)((_: string, given: unknown) => {
    value = given;
  });
  return value as T;
}

describe('what is made with the page', () => {
  const id = 'kube-ovn-policy-overlap/p47b-overlap-forward-alone';
  const scenario = handedOver<ScenarioData>(`data/${id}.js`);
  const node = handedOver<NodeSummary>('data/kube-ovn-policy-overlap.node.js');

  test('a script, a headline and two pictures in each language for each scenario', () => {
    const ids = Object.keys(prepared.headlines);
    expect(ids.length).toBeGreaterThan(4);
    for (const one of ids)
      for (const path of [`data/${one}.js`, `svg/${one}.en.svg`, `svg/${one}.zh.svg`, `svg/${one}.en.narrow.svg`, `svg/${one}.zh.narrow.svg`])
        expect(
          prepared.files.some((file) => file.path === path),
          path,
        ).toBe(true);
    for (const [one, { sizes }] of Object.entries(prepared.headlines))
      for (const language of ['en', 'zh'] as const)
        for (const [size, end] of [
          ['wide', ''],
          ['narrow', '.narrow'],
        ] as const) {
          const [width, height] = sizes[language][size];
          expect(prepared.files.find((file) => file.path === `svg/${one}.${language}${end}.svg`)?.text).toContain(`width="${width}" height="${height}"`);
        }
    for (const { verdict, title, alt } of Object.values(prepared.headlines))
      for (const text of [verdict, title, alt]) expect(text.en !== '' && text.zh !== '' && text.en !== text.zh).toBe(true);
  });

  test('every rule that was looked at has its readings with it', () => {
    for (const trace of scenario.traces.flatMap((one) => [one, ...one.emitted]))
      for (const step of trace.steps)
        if (step.kind === 'rule' || step.kind === 'misses')
          for (let rule = step.rule; rule <= (step.kind === 'misses' ? step.last : step.rule); rule++)
            expect(trace.readings[`${step.index}/${rule}`], `${step.index}/${rule}`).toBeDefined();
  });

  test('as it ships it is answered without the engine; another packet brings it, and the answers are the same', async () => {
    const answers: Answer[] = [];
    const loaded = vi.fn();
    const walker = createEmbedWalker(
      {
        loadFiles: async (name) => {
          loaded();
          return handedOver(`data/${name}.files.js`);
        },
        loadEngine: async () => () => {
          const like = {
            onmessage: null as ((event: { readonly data: Answer }) => void) | null,
            onerror: null,
            terminate() {},
            postMessage: (request: Request) => session(request),
          };
          const session = createSession(engine, (data) => like.onmessage?.({ data }));
          return like;
        },
      },
      (answer) => answers.push(answer),
    );
    const files = [{ name: 'node.snapshot', text: '' }];
    walker.offer(files, scenario, node);
    const packets = scenario.packets.map((packet) => packetOf(draftOf(packet)).packet ?? packet);
    walker.run({ files, cluster: false, packets, environment: scenario.environment });
    await vi.waitFor(() => expect(answers.map(({ kind }) => kind)).toEqual(['node', 'traces']));
    expect(loaded).not.toHaveBeenCalled();

    answers.length = 0;
    walker.run({ files, cluster: false, packets: packets.map((packet) => ({ ...packet, ttl: 9 })), environment: scenario.environment });
    await vi.waitFor(() => expect(answers.map(({ kind }) => kind)).toEqual(['node', 'traces']));
    expect(loaded).toHaveBeenCalledOnce();
    const [walked] = answers.flatMap((answer) => (answer.kind === 'traces' ? answer.traces : []));
    expect(walked?.steps.map(({ kind }) => kind)).toEqual(scenario.traces[0]?.steps.map(({ kind }) => kind));
    expect(walked?.outcome).toMatchObject({ verdict: scenario.traces[0]?.outcome.verdict, out: scenario.traces[0]?.outcome.out });
  });

  test.each([
    ['of what went wrong', 'engine.js is of another version', 'engine.js is of another version'],
    // A script that cannot be had is an error without words.
    ['in the words of the page', '', 'the engine could not be fetched; once the network is back, any change tries again'],
  ])('a run that was overtaken while the engine came is not answered; a failure is, %s', async (_, thrown, message) => {
    const answers: Answer[] = [];
    const walker = createEmbedWalker({ loadFiles: async () => [], loadEngine: () => Promise.reject(new Error(thrown)) }, (answer) => answers.push(answer));
    const files = [{ name: 'node.snapshot', text: '' }];
    walker.offer(files, scenario, node);
    const other = scenario.packets.map((packet) => ({ ...packet, ttl: 9 }));
    walker.run({ files, cluster: false, packets: other, environment: scenario.environment });
    const last = walker.run({ files, cluster: false, packets: other, environment: scenario.environment });
    await vi.waitFor(() => expect(answers).toEqual([{ kind: 'failed', id: last, message }]));
  });

  test('its sources are of the same family, its own first, each with its fate', () => {
    expect(scenario.sources[0]?.src).toBe(scenario.packets[0]?.src);
    expect(scenario.sources.length).toBeGreaterThan(1);
    for (const { src, fate } of scenario.sources) expect(src.includes(':') || fate.en === fate.zh).toBe(false);
  });
});

// A prefix is refused before either is asked.
test('addresses are read as the page reads them', () => {
  const addresses = [
    '10.0.11.2',
    '010.1.1.1',
    '256.1.1.1',
    '1.2.3',
    '1.2.3.4.5',
    '',
    'x',
    'fd00:10:16::1',
    'FD00:0:0:0:0:0:0:1',
    '2001:db8:0:0:1:0:0:1',
    '::',
    '::1',
    ':::',
    '1::2::3',
    '12345::',
    'fd00::g',
  ];
  for (const text of addresses) {
    expect(Address4.isValid(text), text).toBe(Page4.isValid(text));
    expect(Address6.isValid(text), text).toBe(Page6.isValid(text));
    if (Page4.isValid(text)) expect(new Address4(text).correctForm()).toBe(new Page4(text).correctForm());
    if (Page6.isValid(text)) expect(new Address6(text).correctForm()).toBe(new Page6(text).correctForm());
  }
});

describe('playing', () => {
  test('goes on by one stop a second, rests while the figure is out of sight, and ends at the end', () => {
    vi.useFakeTimers();
    try {
      let inSight = true;
      const { steps } = TRACE;
      const state = { answer: { traces: [TRACE] }, selection: { packet: 0, caused: [], step: 0, altitude: 'test' } };
      const goTo = vi.fn((step: number) => {
        state.selection.step = step;
      });
      const play = createPlay({ store: { getState: () => state }, goTo } as unknown as App, () => inSight);
      play.start();
      play.start();
      vi.advanceTimersByTime(1000);
      expect(goTo).toHaveBeenCalledOnce();
      inSight = false;
      vi.advanceTimersByTime(60_000);
      expect(goTo).toHaveBeenCalledOnce();
      inSight = true;
      vi.advanceTimersByTime(1000 * (steps.length + 2));
      expect(state.selection.step).toBe(steps.length - 1);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the picture', () => {
  test('has the colours of the page', () => {
    const tokens = readFileSync('app/views/page/tokens.css', 'utf8');
    const [light = '', dark = ''] = tokens.split(':root[data-theme="dark"]');
    const names: Readonly<Record<string, string>> = { strong: 'line-strong' };
    for (const [text, colours] of [
      [light, COLOURS.light],
      [dark, COLOURS.dark],
    ] as const)
      for (const [name, value] of Object.entries(colours)) expect(text, name).toContain(`--${names[name] ?? name}: ${value};`);
  });
  test('keeps text as text, escaped, in both languages, and says it in title and desc', () => {
    const evil = { title: { en: '<script>alert("1")</script> & co', zh: '<b>' } };
    for (const [language, size] of [
      ['en', 'wide'],
      ['zh', 'wide'],
      ['en', 'narrow'],
      ['zh', 'narrow'],
    ] as const) {
      const { svg, alt } = pictureOf(evil, TRACE, language, size);
      expect(svg).not.toMatch(/<script|<b>/);
      expect(svg).toContain(language === 'en' ? '&lt;script&gt;alert(&quot;1&quot;)' : '&lt;b&gt;');
      expect(svg).toMatch(/<title id="t">[^<]+<\/title><desc id="d">[^<]+<\/desc>/);
      expect(alt).toContain(TRACE.packet.dst);
      expect(svg).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    }
  });
});
