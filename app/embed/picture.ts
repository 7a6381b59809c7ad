/**
 * The still picture of a scenario: verdict, way and causes as SVG, text as text. It stands in the docs page before the
 * embed is started, without JavaScript, and on paper; so it needs no script, no font and no style but its own.
 */

import { hookStops, isHook, stopLabel, waysOf } from '../layout/hooks.ts';
import { evidenceOf, fateOf } from '../store/fate.ts';
import { extrasOf, pathOf } from '../store/path.ts';
import { embedWords } from '../text/embed.ts';
import { endpoint } from '../text/format.ts';
import { wordsOf, type Words } from '../text/words.ts';
import { causeText, FATE_GLYPH, fateText, fateSentence } from '../views/verdict/fate-words.ts';
import { sentenceOf } from '../views/steps/sentence.ts';
import type { TraceView } from '../worker/messages.ts';
import type { ScenarioData } from './data.ts';

export interface Picture {
  readonly svg: string;
  /** Alternative text, for `alt`. */
  readonly alt: string;
}

/** In pixels. */
const WIDTH = 720;
const MARGIN = 16;
const INNER = WIDTH - 2 * MARGIN;
const BOX = 40;
const GAP = 18;
const CAUSE = 42;

/** The same colours as in views/page/tokens.css, which a test compares. */
export const COLOURS = {
  light: {
    surface: '#ffffff',
    text: '#1b1f24',
    muted: '#5c646d',
    line: '#d0d7de',
    strong: '#8b949e',
    accept: '#005ae0',
    drop: '#b64820',
    rewrite: '#614077',
    neutral: '#656d76',
    wash: '#eef0f3',
  },
  dark: {
    surface: '#161c24',
    text: '#e6edf3',
    muted: '#9aa4ae',
    line: '#30363d',
    strong: '#6e7681',
    accept: '#80ddff',
    drop: '#f66055',
    rewrite: '#c95eed',
    neutral: '#8b949e',
    wash: '#1e252e',
  },
} as const;

const SANS =
  'system-ui,-apple-system,&quot;Segoe UI&quot;,Roboto,&quot;Helvetica Neue&quot;,Arial,&quot;PingFang SC&quot;,&quot;Microsoft YaHei&quot;,&quot;Noto Sans CJK SC&quot;,sans-serif';
const MONO =
  'ui-monospace,&quot;Cascadia Mono&quot;,Menlo,Consolas,&quot;DejaVu Sans Mono&quot;,&quot;PingFang SC&quot;,&quot;Microsoft YaHei&quot;,&quot;Noto Sans CJK SC&quot;,monospace';

const variables = (colours: Readonly<Record<string, string>>): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

const STYLE = `:root{${variables(COLOURS.light)}}@media screen and (prefers-color-scheme:dark){:root{${variables(COLOURS.dark)}}}
text{font:13px ${SANS};fill:var(--text)}.mono{font-family:${MONO}}.head{font-size:19px}.word{font-weight:700}.muted{fill:var(--muted)}.small{font-size:12px}.bold{font-weight:700}
.card{fill:var(--surface);stroke:var(--line)}.stage{fill:none;stroke:var(--text)}.stop{fill:var(--wash);stroke:var(--strong)}.idle{fill:none;stroke:var(--strong);stroke-dasharray:3 2}.number{fill:none;stroke:var(--strong)}
.accept{fill:var(--accept)}.drop{fill:var(--drop)}.rewrite{fill:var(--rewrite)}.neutral{fill:var(--neutral)}`;

export function pictureOf(scenario: Pick<ScenarioData, 'title'>, trace: TraceView, language: 'en' | 'zh'): Picture {
  const words = wordsOf(language);
  const fate = fateOf(trace);
  const parts: string[] = [];
  let y = MARGIN;

  const { word, rest } = fateText(fate, words);
  y += 19;
  const head = `${FATE_GLYPH[fate.class]} ${word}`;
  const said = rest === '' ? '' : `${words.verdict.colon}${rest}`;
  // What does not fit beside the word stands below it.
  const beside = widthOf(head, 21) + widthOf(said, 19) <= INNER;
  parts.push(`<text class="head" x="${MARGIN}" y="${y}"><tspan class="bold ${fate.class}">${escaped(head)}</tspan>${beside ? `<tspan>${escaped(said)}</tspan>` : ''}</text>`);
  if (!beside) {
    y += 25;
    parts.push(`<text class="head" x="${MARGIN}" y="${y}">${escaped(fitted(rest, INNER, 19))}</text>`);
  }
  y += 26;
  parts.push(`<text class="mono muted" x="${MARGIN}" y="${y}">${escaped(fitted(packetText(trace, words), INNER, 13, true))}</text>`);
  y += 16;

  const way = wayOf(trace, words, y);
  parts.push(way.svg);
  y = way.bottom + 10;

  const { causes } = evidenceOf(trace);
  for (const [i, cause] of causes.entries()) {
    const step = trace.steps[cause.step];
    parts.push(
      `<circle class="number" cx="${MARGIN + 10}" cy="${y + 13}" r="10"/><text class="small" x="${MARGIN + 10}" y="${y + 17.5}" text-anchor="middle">${i + 1}</text>`,
      `<text class="bold" x="${MARGIN + 30}" y="${y + 13}">${escaped(fitted(causeText(cause, words), INNER - 30, 14))}</text>`,
      step
        ? `<text class="small muted" x="${MARGIN + 30}" y="${y + 30}">${escaped(fitted(words.steps.narration({ step: cause.step + 1, count: trace.steps.length, sentence: sentenceOf(step, words) }), INNER - 30, 12))}</text>`
        : '',
    );
    y += CAUSE;
  }
  y += 14;
  parts.push(
    `<text class="small muted" x="${MARGIN}" y="${y}">${escaped(fitted(scenario.title[language], INNER - 90, 12))}</text>`,
    `<text class="small muted" x="${WIDTH - MARGIN}" y="${y}" text-anchor="end">${escaped(words.title)}</text>`,
  );
  const height = Math.round(y + 12);
  const alt = altOf(trace, language);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xml:lang="${language === 'zh' ? 'zh-Hans' : 'en'}" role="img" aria-labelledby="t d" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<title id="t">${escaped(fateSentence(fate, words))}</title><desc id="d">${escaped(alt)}</desc><style>${STYLE}</style>
<rect class="card" x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${parts.filter((part) => part !== '').join('\n')}
</svg>
`;
  return { svg, alt };
}

/** What the picture says, as a person would read it aloud. */
function altOf(trace: TraceView, language: 'en' | 'zh'): string {
  const words = wordsOf(language);
  const say = embedWords(language);
  const steps = evidenceOf(trace).causes.flatMap(({ step }) => {
    const one = trace.steps[step];
    return one ? [say.pictureStep({ step: step + 1, sentence: sentenceOf(one, words) })] : [];
  });
  return [say.pictureOf({ packet: packetText(trace, words), verdict: fateSentence(fateOf(trace), words) }), ...steps].join(language === 'zh' ? '' : ' ');
}

function packetText(trace: TraceView, words: Words): string {
  const { packet, states } = trace;
  const first = states[0];
  const src = packet.src === undefined ? words.packet.fromNode : endpoint(packet.src, first?.sport ?? null);
  const dst = endpoint(packet.dst, first?.dport ?? null);
  return `${packet.in ? `${packet.in}: ` : ''}${src} → ${dst} ${first?.proto ?? String(packet.proto)}`;
}

/** The stages met, in order, with the stops of each hook; they flow to a second row where one is too short. */
function wayOf(trace: TraceView, words: Words, top: number): { readonly svg: string; readonly bottom: number } {
  const extras = extrasOf(trace, null);
  const { passes } = pathOf(trace, null, -1, waysOf(extras));
  const way = passes.flatMap((pass, place) => pass.order.map((stage, at) => ({ stage, pass, again: place > 0 && at === 0 })));
  const parts: string[] = [];
  let [x, y] = [MARGIN, top];
  for (const [i, { stage, pass, again }] of way.entries()) {
    const stops = isHook(stage) ? hookStops(stage, extras).map((name) => ({ label: stopLabel(stage, name), met: pass.stop(`${stage}/${name}`).here === 'taken' })) : null;
    const [title, detail] = stops ? [stage, ''] : stageText(stage, trace, words);
    const inner = stops ? stops.reduce((sum, { label }) => sum + widthOf(label, 12, true) + 10, 0) - 2 : Math.max(widthOf(title, 12), widthOf(detail, 12, true));
    const width = Math.round(Math.max(inner, widthOf(title, 12)) + 16);
    if (x + width > WIDTH - MARGIN && x > MARGIN) [x, y] = [MARGIN + GAP, y + BOX + 8];
    if (i > 0) parts.push(`<text class="muted" x="${x - GAP + 4}" y="${y + BOX / 2 + 5}">${again ? '↺' : '▸'}</text>`);
    parts.push(`<rect class="stage" x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${BOX - 1}" rx="${stops ? 6 : 18}"/>`);
    if (!stops) {
      parts.push(`<text class="small" x="${x + width / 2}" y="${y + (detail === '' ? 24 : 17)}" text-anchor="middle">${escaped(title)}</text>`);
      if (detail !== '') parts.push(`<text class="small mono bold" x="${x + width / 2}" y="${y + 32}" text-anchor="middle">${escaped(detail)}</text>`);
    } else {
      parts.push(`<text class="small bold" x="${x + 8}" y="${y + 14}">${title}</text>`);
      let at = x + 6;
      for (const { label, met } of stops) {
        const wide = Math.round(widthOf(label, 12, true) + 6);
        parts.push(`<rect class="${met ? 'stop' : 'idle'}" x="${at + 0.5}" y="${y + 18.5}" width="${wide}" height="17" rx="3"/>`);
        parts.push(`<text class="small mono${met ? '' : ' muted'}" x="${at + 0.5 + wide / 2}" y="${y + 31}" text-anchor="middle">${label}</text>`);
        at += wide + 4;
      }
    }
    x += width + GAP;
  }
  return { svg: parts.join('\n'), bottom: y + BOX };
}

function stageText(stage: string, trace: TraceView, words: Words): readonly [string, string] {
  switch (stage) {
    case 'in':
      return [words.path.arrives, trace.packet.in ?? ''];
    case 'out':
      return [words.path.leaves, trace.outcome.out ?? ''];
    case 'local':
      return [words.path.local, ''];
    case 'tunnel':
      return [words.path.tunnel, words.path.encap];
    default:
      return [`◇ ${words.path.route}`, ''];
  }
}

/** About how wide a text is; wide characters take a whole em. */
function widthOf(text: string, size: number, mono = false): number {
  let ems = 0;
  for (const character of text) ems += (character.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : mono ? 0.605 : /[A-Z0-9_@%MW]/.test(character) ? 0.66 : 0.54;
  return ems * size;
}

/** As much of a text as fits, with an ellipsis where some is left out. */
function fitted(text: string, width: number, size: number, mono = false): string {
  if (widthOf(text, size, mono) <= width) return text;
  let kept = text;
  while (kept !== '' && widthOf(`${kept}…`, size, mono) > width) kept = [...kept].slice(0, -1).join('');
  return `${kept.trimEnd()}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
