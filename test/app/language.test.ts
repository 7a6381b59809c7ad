/**
 * No mixed languages: whatever the Chinese page shows of what ships, and of what real kernels were recorded to do, has no
 * English sentence in it. What the engine can say beside that is held against the tables by language-engine.test.ts.
 */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe as suite, expect, test } from 'vitest';
import { LANGUAGES } from '../../app/text/languages.ts';
import { learnFrom } from '../../app/store/learn-from.ts';
import { describe } from '../../app/worker/cluster.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';
import { painter } from '../../app/cli/report/style.ts';
import { traceText as reportText } from '../../app/cli/report/text.ts';
import { createWorld, parseNode, walk, type Environment, type Packet, type Wish } from '../../engine/index.ts';
import { RECORDED } from '../emulated/cases.ts';
import { readRecording, recordedNames } from '../kernel/recorded.ts';
import type { Recording } from '../kernel/recording.ts';
import { EXAMPLES } from './opened-page.ts';
import { candidateText, englishIn, nodeText, strayIn, traceText } from './page-text.ts';

const { zh } = LANGUAGES;

/** A page's way to the engine: what it answers is learned as the store does. */
class Page {
  #answers: Answer[] = [];
  #id = 0;
  readonly #session = createSession(engine, (answer) => {
    learnFrom(answer);
    this.#answers.push(answer);
  });

  run(files: readonly { readonly name: string; readonly text: string }[] | null, cluster: boolean, packets: readonly Packet[], environment: Environment): readonly string[] {
    this.#answers = [];
    this.#session({ kind: 'run', id: ++this.#id, files, cluster, packets, environment }, describe);
    const traces = this.#answers.find((answer) => answer.kind === 'traces')?.traces ?? [];
    traces.forEach((_, packet) => {
      for (const kind of ['snat', 'drop'] as const) this.#session({ kind: 'why-not', id: this.#id, packet, wish: { kind } });
    });
    return this.#answers.flatMap((answer) => {
      if (answer.kind === 'node') return nodeText(answer.node, zh);
      if (answer.kind === 'traces') return answer.traces.flatMap((trace) => traceText(trace, zh));
      if (answer.kind === 'why-not') return answer.whyNot.candidates.flatMap((candidate) => candidateText(candidate, zh));
      if (answer.kind === 'cluster') return answer.cluster.issues.flatMap((issue) => [zh.problemMessage(issue), zh.problemHint(issue)]);
      if (answer.kind === 'refused') return [zh.problemMessage(answer), zh.problemHint(answer)];
      return [];
    });
  }
}

/** What kernels did: cases for IPVS, tunnels, fragments, refusals among them. */
function recordings(): readonly Recording[] {
  return [...recordedNames().map((name) => readRecording(name)), ...recordedNames(RECORDED).map((name) => readRecording(name, RECORDED))];
}

/** What has an English run in it, or is said in both languages at once; each once. */
function mixed(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => englishIn(text).length > 0 || strayIn(text).length > 0);
}

suite('the Chinese page has no English sentence', () => {
  test.each([...new Set(EXAMPLES.map(({ node }) => node))])('%s', (node) => {
    const page = new Page();
    const texts = EXAMPLES.filter((entry) => entry.node === node).flatMap((entry, i) => {
      const value = parse(readFileSync(`public/${entry.packets}`, 'utf8')) as readonly Packet[] | { readonly packets: readonly Packet[]; readonly environment?: Environment };
      const { packets, environment = {} } = 'packets' in value ? value : { packets: value };
      const files = i === 0 ? [{ name: 'node', text: readFileSync(`public/${node}`, 'utf8') }] : null;
      return page.run(files, entry.cluster, packets, environment);
    });
    expect(texts.length).toBeGreaterThan(100);
    expect(mixed(texts)).toEqual([]);
  });

  test('what real kernels were recorded to do', () => {
    const texts = recordings().flatMap(({ title, snapshot, packets, environment }) =>
      new Page().run([{ name: title, text: `${snapshot.join('\n')}\n` }], false, packets, environment ?? {}),
    );
    expect(recordings().length).toBeGreaterThan(80);
    expect(mixed(texts)).toEqual([]);
  });
});

test('a report in Chinese has no English sentence, whatever is asked', () => {
  const wishes: readonly Wish[] = [{ kind: 'snat' }, { kind: 'drop' }, { kind: 'mark', value: 0x90001, mask: 0x90001 }];
  const texts = recordings().flatMap(({ title, snapshot, packets, environment }, i) => {
    const node = parseNode([{ name: title, text: `${snapshot.join('\n')}\n` }]);
    let world = createWorld(node, environment ?? {});
    const traces = packets.map((packet) => {
      const walked = walk(world, packet);
      world = walked.world;
      return walked.trace;
    });
    const paint = painter(false);
    return reportText(world, traces, { notes: [], matchedOnly: false, columns: null, paint, language: 'zh', whyNot: wishes[i % wishes.length] as Wish })
      .replace(/(local |unreachable |prohibit |blackhole )?\S+( via \S+)?( dev \S+)?, table \S+(, ip rule \d+)?/g, '')
      .split('\n');
  });
  expect(texts.length).toBeGreaterThan(1000);
  expect(mixed(texts)).toEqual([]);
});

test('titles and questions of what ships are said in both languages', () => {
  const { en } = LANGUAGES;
  const localised = EXAMPLES.flatMap(({ title, group, question }) => [title, group, ...(question ? [question] : [])]);
  expect(mixed(localised.map(({ zh: text }) => text ?? 'there is no Chinese for this'))).toEqual([]);
  expect(en.language).not.toBe(zh.language);
});

test('the dictionary itself', () => {
  const said = (value: unknown): readonly string[] => (typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(said) : []);
  expect(mixed(said(zh))).toEqual([]);
});

test('an English sentence among Chinese ones would be found', () => {
  expect(englishIn('封装：the outer packet leaves by eth0')).toEqual(['the outer packet leaves by']);
  expect(englishIn('规则 -m set --match-set ovn40subnets src，mark 0x90002')).toEqual([]);
  expect(strayIn('在 is eth0 中，需要 ovn0')).toEqual(['is']);
  expect(strayIn('集合 "what is this" 不存在')).toEqual([]);
});
