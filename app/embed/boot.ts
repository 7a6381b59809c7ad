/**
 * The part of an embed that stands in its HTML: theme and language before the first paint, the verdict before anything is
 * loaded, and the start, when it is asked for. Until then a figure costs one file and no work.
 */

import { embedWords } from '../text/embed.ts';
import { FATE_GLYPH } from '../views/verdict/fate-words.ts';
import { loadScript, SCENARIO_ID, scriptOf } from './data.ts';
import { heightFor } from './frame-size.ts';
import { languageOf, readOptions, scenarioOf, type EmbedOptions } from './options.ts';
import { envelope, readIncoming } from './protocol.ts';

/** What the embed's own script takes over. */
export interface Boot {
  readonly options: EmbedOptions;
  readonly language: 'en' | 'zh';
  readonly scenario: string;
  /** Messages that came before. */
  readonly messages: MessageEvent[];
  /** Ends the listening here. */
  readonly handOver: () => void;
  /** When the embed shall show. */
  readonly started: Promise<void>;
}

/** Class of the fate, verdict in English and Chinese, title in both. */
type Line = readonly [keyof typeof FATE_GLYPH, string, string, string, string];

interface Globals {
  packetwalkBoot?: Boot;
  packetwalkHeadlines?: Readonly<Record<string, Line>>;
}

const globals = globalThis as Globals;
const headlines = globals.packetwalkHeadlines ?? {};
const root = document.documentElement;
const options = readOptions(location.search);
const inLink = /[?&]lang=(en|zh)\b/.exec(location.hash)?.[1];
const language = options.language !== 'auto' ? options.language : inLink ? languageOf([inLink]) : languageOf(navigator.languages);
const words = embedWords(language);
const asked = scenarioOf(location.hash) ?? '';
const line = Object.hasOwn(headlines, asked) ? headlines[asked] : undefined;

root.lang = language === 'zh' ? 'zh-Hans' : 'en';
if (options.theme !== 'auto') root.dataset.theme = options.theme;

let begin: () => void = () => {};
let begun = false;
const messages: MessageEvent[] = [];

function onMessage(event: MessageEvent): void {
  if (event.source !== window.parent || window.parent === window) return;
  const message = readIncoming(event.data);
  if (message === 'stranger') return;
  messages.push(event);
  const hello = 'type' in message && message.type === 'hello';
  // A host that drives the figure needs it live; one that only says hello is told that it is heard.
  if (!hello) start();
  else if (!begun) for (const one of [{ type: 'ready' } as const, size()]) window.parent.postMessage(envelope(one), event.origin === 'null' ? '*' : event.origin);
}

function size(): { readonly type: 'resize'; readonly width: number; readonly height: number } {
  const width = Math.round(root.clientWidth);
  return { type: 'resize', width, height: heightFor(width, options.panels.join(), options.controls) };
}

/** Loads what showing takes, so that the start itself is short. */
function warm(): void {
  const name = asked.split('/', 1)[0] as string;
  if (line && SCENARIO_ID.test(asked)) for (const address of ['embed.js', scriptOf.node(name), scriptOf.scenario(asked)]) loadScript(address).catch(fail);
}

function start(): void {
  if (!line) return;
  begun = true;
  element('still-note').textContent = '';
  warm();
  begin();
}

function fail(error: unknown): void {
  if (!begun) return;
  // What stands here takes the place of the picture then: it says so, and has the button for the next try.
  begun = false;
  element('still-note').textContent = words.failed({ message: error instanceof Error ? error.message : String(error) });
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the HTML of the embed has no #${id}`);
  return found;
}

function showStill(): void {
  const glyph = element('still-glyph');
  const verdict = element('still-verdict');
  const full = element('still-full') as HTMLAnchorElement;
  full.textContent = words.openFull;
  if (!line) {
    verdict.textContent = words.unknown({ id: asked });
    element('still-title').textContent = words.choose;
    element('start').remove();
    const list = element('still-list');
    for (const [id, [, , , en, zh]] of Object.entries(headlines)) {
      const link = document.createElement('a');
      link.href = `${location.search}#/s/${id}`;
      link.textContent = language === 'zh' ? zh : en;
      // The fragment alone loads nothing anew.
      link.addEventListener('click', () => setTimeout(() => location.reload()));
      list.append(document.createElement('li'));
      list.lastElementChild?.append(link);
    }
    return;
  }
  const [kind, en, zh, titleEn, titleZh] = line;
  glyph.textContent = FATE_GLYPH[kind];
  root.dataset.fate = kind;
  verdict.textContent = language === 'zh' ? zh : en;
  element('still-title').textContent = document.title = language === 'zh' ? titleZh : titleEn;
  full.href = `../index.html${location.hash}`;
  const button = element('start');
  button.textContent = words.showWhy;
  button.addEventListener('click', start);
  for (const sign of ['pointerenter', 'focus', 'touchstart'] as const) button.addEventListener(sign, warm, { once: true, passive: true });
}

globals.packetwalkBoot = {
  options,
  language,
  scenario: asked,
  messages,
  handOver: () => window.removeEventListener('message', onMessage),
  started: new Promise((resolve) => {
    begin = resolve;
  }),
};
window.addEventListener('message', onMessage);
showStill();
if (options.activate === 'auto') start();
else (window.requestIdleCallback ?? setTimeout)(warm);
