/**
 * The loader, for the page that shows figures: one script without dependencies. It makes a frame of each
 * `<figure data-packetwalk="scenario">` when the reader asks for it, keeps theme and language in step with the page, and
 * sets the height. Whatever is missing on the page is done without.
 */

import { embedWords } from '../text/embed.ts';
import { heightFor, WIDE } from './frame-size.ts';

interface Shown {
  readonly figure: HTMLElement;
  readonly frame: HTMLIFrameElement;
  /** It answered. */
  live: boolean;
  /** The reader asked for it: it takes the place of the picture as soon as it is live. */
  wanted: boolean;
  /** Where the focus was: it goes to the frame that takes the place of the button. */
  focus: boolean;
  /** What it was told last, at first by its address. */
  theme: Theme;
  language: 'en' | 'zh';
}

type Message = Readonly<Record<string, unknown>> & { readonly type: string };
type Theme = 'auto' | 'light' | 'dark';

/** What a figure offers a page that drives it. */
interface FigureWithSend extends HTMLElement {
  packetwalk?: (message: Message) => void;
}

const SANDBOX = 'allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox';
/** Milliseconds between two hellos; there is no telling when the frame begins to listen. */
const AGAIN = 150;
const MOST_HELLOS = 200;
/** What says the theme of the page. */
const SAYS = '[data-md-color-scheme]';

const script = document.currentScript ?? document.querySelector('script[src*="embed/loader.js"]');
const base = new URL('.', (script as HTMLScriptElement | null)?.src || document.baseURI).href;
const shown = new Set<Shown>();
const seen = new WeakSet<Element>();

function themeOf(figure: HTMLElement): Theme {
  const chosen = figure.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  // MkDocs Material: `default` and `slate`, on the body; other values are somebody's own schemes.
  const scheme = document.querySelector(SAYS)?.getAttribute('data-md-color-scheme');
  return scheme === 'slate' ? 'dark' : scheme === 'default' ? 'light' : 'auto';
}

function languageOf(figure: HTMLElement): 'en' | 'zh' {
  const chosen = figure.dataset.lang;
  return (chosen && chosen !== 'auto' ? chosen : document.documentElement?.lang || navigator.language || '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function addressOf(figure: HTMLElement): string {
  const query = new URLSearchParams({ theme: themeOf(figure), lang: languageOf(figure), activate: 'auto' });
  for (const name of ['panels', 'controls', 'lock']) {
    const value = figure.dataset[name];
    if (value) query.set(name, value);
  }
  const [id = '', rest = ''] = (figure.dataset.packetwalk ?? '').split('?');
  const link = new URLSearchParams(rest);
  if (figure.dataset.step) link.set('step', figure.dataset.step);
  return `${base}index.html?${query}#/s/${id}${link.size > 0 ? `?${link}` : ''}`;
}

function send({ frame }: Shown, message: Message): void {
  // The frame is sandboxed, so its origin has no name; the window is its own.
  frame.contentWindow?.postMessage({ packetwalk: { v: 1, ...message } }, '*');
}

/** Above the caption, where the picture stands. */
function place(figure: HTMLElement, element: HTMLElement): void {
  const caption = figure.querySelector('figcaption');
  figure.insertBefore(element, caption?.parentNode === figure && caption.previousElementSibling ? caption : null);
}

/** Loads the frame out of sight, in the place and the width it will have. */
function prepare(figure: HTMLElement): Shown {
  for (const one of shown) if (one.figure === figure) return one;
  const frame = document.createElement('iframe');
  frame.title = embedWords(languageOf(figure)).frame({ title: figure.querySelector('figcaption')?.textContent?.trim() || figure.dataset.packetwalk || '' });
  frame.setAttribute('sandbox', SANDBOX);
  frame.allow = 'clipboard-write; fullscreen';
  frame.src = addressOf(figure);
  frame.tabIndex = -1;
  frame.setAttribute('aria-hidden', 'true');
  frame.style.cssText = `position:absolute;left:0;top:0;width:100%;height:${heightFor(figure.clientWidth, figure.dataset.panels, figure.dataset.controls)}px;border:0;visibility:hidden;color-scheme:normal`;
  const one: Shown = { figure, frame, live: false, wanted: false, focus: false, theme: themeOf(figure), language: languageOf(figure) };
  shown.add(one);
  (figure as FigureWithSend).packetwalk = (message) => send(one, message);
  place(figure, frame);
  let hellos = 0;
  const timer = setInterval(() => {
    if (one.live || !frame.isConnected || ++hellos > MOST_HELLOS) clearInterval(timer);
    else send(one, { type: 'hello' });
  }, AGAIN);
  return one;
}

/** The frame takes the place of the picture, which stays for print. */
function reveal(one: Shown): void {
  const { figure, frame } = one;
  if (!one.live || !one.wanted || figure.hasAttribute('data-packetwalk-live')) return;
  figure.setAttribute('data-packetwalk-live', '');
  frame.removeAttribute('aria-hidden');
  frame.removeAttribute('tabindex');
  frame.style.position = 'static';
  frame.style.visibility = '';
  frame.style.display = 'block';
  if (one.focus) frame.focus({ preventScroll: true });
}

function activate(figure: HTMLElement, focus: boolean): void {
  const one = prepare(figure);
  one.wanted = true;
  one.focus = focus;
  figure.setAttribute('aria-busy', 'true');
  reveal(one);
}

function upgrade(figure: HTMLElement): void {
  if (seen.has(figure) || !figure.dataset.packetwalk) return;
  seen.add(figure);
  figure.setAttribute('data-packetwalk-ready', '');
  const words = embedWords(languageOf(figure));
  // One for a page: the first that asks for it.
  if (figure === document.querySelector('figure[data-packetwalk][data-activate="auto"]')) return activate(figure, false);
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = words.showWhy;
  button.className = 'packetwalk-start md-button';
  const warm = (): void => void prepare(figure);
  button.addEventListener('click', () => activate(figure, document.activeElement === button));
  button.addEventListener('focus', warm, { once: true });
  figure.addEventListener('pointerenter', warm, { once: true });
  // The narrow picture is higher than a screen: where the button stands the verdict of the figure will stand, so that it is in view.
  if (figure.clientWidth < WIDE) figure.prepend(button);
  else place(figure, button);
}

function upgradeAll(): void {
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-packetwalk]')) upgrade(figure);
  // Instant navigation takes figures away without a word.
  for (const one of shown) if (!one.figure.isConnected) shown.delete(one);
}

/** Each frame is told what is other than it was told: what the page itself sent it stands. */
function follow(): void {
  for (const one of shown) {
    if (!one.live) continue;
    const { theme, language } = one;
    one.theme = themeOf(one.figure);
    one.language = languageOf(one.figure);
    if (one.theme !== theme) send(one, { type: 'setTheme', theme: one.theme });
    if (one.language !== language) send(one, { type: 'setLang', lang: one.language });
  }
}

function onMessage({ source, data }: MessageEvent): void {
  const message = (data as { packetwalk?: Message & { v?: number; height?: number } } | null)?.packetwalk;
  if (message?.v !== 1) return;
  for (const one of shown) {
    if (source !== one.frame.contentWindow) continue;
    if (message.type === 'ready' && !one.live) {
      one.live = true;
      one.figure.removeAttribute('aria-busy');
      send(one, { type: 'hello' });
      follow();
      reveal(one);
    } else if (message.type === 'resize' && typeof message.height === 'number' && message.height >= 200 && message.height <= 2000) {
      one.frame.style.height = `${Math.round(message.height)}px`;
    }
    one.figure.dispatchEvent(new CustomEvent('packetwalk', { detail: message, bubbles: true }));
  }
}

/** A page may change all the time: only what says theme or language is looked at, and whether what was added holds that, or a figure. */
function watch(): void {
  const holding = `body,figure[data-packetwalk],${SAYS}`;
  let queued = false;
  const look = (): void => {
    queued = false;
    upgradeAll();
    follow();
    // What is watched already stays so. The whole of the body may be another.
    for (const one of document.querySelectorAll(`html,${holding}`)) said.observe(one, { attributeFilter: ['data-md-color-scheme', 'lang', 'data-theme', 'data-lang'] });
  };
  const later = (): void => {
    if (!queued) requestAnimationFrame(look);
    queued = true;
  };
  const said = new MutationObserver(later);
  const holds = (node: Node): boolean => node instanceof Element && (node.matches(holding) || node.querySelector(holding) !== null);
  new MutationObserver((changes) => {
    if (!queued && changes.some(({ addedNodes }) => [...addedNodes].some(holds))) later();
  }).observe(document.documentElement, { subtree: true, childList: true });
  look();
}

function begin(): void {
  const style = document.createElement('style');
  style.textContent =
    'figure[data-packetwalk]{position:relative;overflow:hidden;max-width:none}figure[data-packetwalk] img{display:block;max-width:100%;height:auto;margin:auto}.packetwalk-start{display:block;margin:.5em auto;cursor:pointer}' +
    '@media screen{figure[data-packetwalk-live]>:not(iframe):not(figcaption){display:none!important}}@media print{figure[data-packetwalk]>iframe,.packetwalk-start{display:none!important}}';
  document.head?.append(style);
  window.addEventListener('message', onMessage);
  watch();
  // Code comes early where nothing is in the way; the frame itself waits for a hand.
  (window.requestIdleCallback ?? setTimeout)(() => {
    if (!document.querySelector('figure[data-packetwalk]')) return;
    const link = document.createElement('link');
    link.rel = 'prefetch';
    link.href = `${base}embed.js`;
    document.head?.append(link);
  });
}

const flags = window as { packetwalkLoader?: boolean };
if (!flags.packetwalkLoader) {
  flags.packetwalkLoader = true;
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();
}
