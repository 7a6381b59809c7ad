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
import { sentenceIn } from '../views/steps/sentence.ts';
import type { TraceView } from '../worker/messages.ts';
import type { ScenarioData } from './data.ts';

export interface Picture {
  readonly svg: string;
  /** Alternative text, for `alt`. */
  readonly alt: string;
  /** As it is shown where there is room, in whole pixels: `width` and `height` of its `<img>` or `<source>`. */
  readonly width: number;
  readonly height: number;
}

/** A sheet to draw on, in units of its own. */
interface Sheet {
  readonly width: number;
  readonly margin: number;
  /** Pixels it is wide where there is room. */
  readonly shown: number;
  /** Sizes of the type of the verdict, of what is bold, and of the rest. */
  readonly head: number;
  readonly leading: number;
}

/**
 * The wide one is as wide as a column of MkDocs Material beside its lists (686 pixels from 960 of the window on), the narrow one as a
 * phone of 320 pixels without its margins: where either stands, nothing in it is smaller than 12 pixels.
 */
const SHEETS = {
  wide: { width: 680, margin: 16, shown: 720, head: 19, leading: 25 },
  narrow: { width: 288, margin: 12, shown: 400, head: 16, leading: 21 },
} as const satisfies Readonly<Record<string, Sheet>>;

export type PictureSize = keyof typeof SHEETS;

const BOX = 40;
const GAP = 18;

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
text{font:13px ${SANS};fill:var(--text)}.mono{font-family:${MONO}}.bold{font-weight:700}.muted{fill:var(--muted)}.small{font-size:12px}
.card{fill:var(--surface);stroke:var(--line)}.stage{fill:none;stroke:var(--text)}.stop{fill:var(--wash);stroke:var(--strong)}.idle{fill:none;stroke:var(--strong);stroke-dasharray:3 2}.number{fill:none;stroke:var(--strong)}.rail{stroke:var(--strong)}.dot{fill:var(--surface);stroke:var(--text)}
.accept{fill:var(--accept)}.drop{fill:var(--drop)}.rewrite{fill:var(--rewrite)}.neutral{fill:var(--neutral)}`;

export function pictureOf(scenario: Pick<ScenarioData, 'title'>, trace: TraceView, language: 'en' | 'zh', size: PictureSize = 'wide'): Picture {
  const words = wordsOf(language);
  const sheet: Sheet = SHEETS[size];
  const { margin, head, leading } = sheet;
  const inner = sheet.width - 2 * margin;
  const fate = fateOf(trace);
  const parts: string[] = [];
  let y: number = margin;

  const { word, rest } = fateText(fate, words);
  y += head;
  const type = `style="font-size:${head}px"`;
  const first = `${FATE_GLYPH[fate.class]} ${word}`;
  const said = rest === '' ? '' : `${words.verdict.colon}${rest}`;
  // What does not fit beside the word stands below it.
  const beside = widthOf(first, head + 2) + widthOf(said, head) <= inner;
  parts.push(
    `<text class="head" ${type} x="${margin}" y="${y}"><tspan class="bold ${fate.class}">${escaped(first)}</tspan>${beside ? `<tspan>${escaped(said)}</tspan>` : ''}</text>`,
  );
  if (!beside)
    for (const line of linesOf(rest, inner, head)) {
      y += leading;
      parts.push(`<text class="head" ${type} x="${margin}" y="${y}">${escaped(line)}</text>`);
    }
  y += 8;
  for (const line of linesOf(packetText(trace, words), inner, 13, true)) {
    y += 18;
    parts.push(`<text class="mono muted" x="${margin}" y="${y}">${escaped(line)}</text>`);
  }
  y += 16;

  const way = size === 'wide' ? wayOf(trace, words, y, sheet) : railOf(trace, words, y, sheet);
  parts.push(way.svg);
  y = way.bottom + 10;

  for (const [i, cause] of evidenceOf(trace).causes.entries()) {
    const step = trace.steps[cause.step];
    const x = margin + 30;
    parts.push(`<circle class="number" cx="${margin + 10}" cy="${y + 13}" r="10"/><text class="small" x="${margin + 10}" y="${y + 17.5}" text-anchor="middle">${i + 1}</text>`);
    y -= 4;
    for (const line of linesOf(causeText(cause, words), inner - 30, 14)) {
      y += 17;
      parts.push(`<text class="bold" x="${x}" y="${y}">${escaped(line)}</text>`);
    }
    const proof = step ? sentenceIn(trace, step, words) : '';
    const sentence = step && size === 'wide' ? words.steps.narration({ step: cause.step + 1, count: trace.steps.length, sentence: proof }) : proof;
    for (const line of linesOf(sentence, inner - 30, 12)) {
      y += 16;
      parts.push(`<text class="small muted" x="${x}" y="${y}">${escaped(line)}</text>`);
    }
    y += 12;
  }
  y += 4;
  const [name, ours] = [scenario.title[language], words.title];
  const lines = linesOf(name, inner, 12);
  for (const line of lines) {
    y += 16;
    parts.push(`<text class="small muted" x="${margin}" y="${y}">${escaped(line)}</text>`);
  }
  if (widthOf(lines.at(-1) ?? '', 12) + widthOf(ours, 12) + 16 > inner) y += 16;
  parts.push(`<text class="small muted" x="${sheet.width - margin}" y="${y}" text-anchor="end">${escaped(ours)}</text>`);

  const tall = Math.round(y + 12);
  const alt = altOf(trace, language);
  const [width, height] = [sheet.shown, Math.round((tall * sheet.shown) / sheet.width)];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xml:lang="${language === 'zh' ? 'zh-Hans' : 'en'}" role="img" aria-labelledby="t d" viewBox="0 0 ${sheet.width} ${tall}" width="${width}" height="${height}">
<title id="t">${escaped(fateSentence(fate, words))}</title><desc id="d">${escaped(alt)}</desc><style>${STYLE}</style>
<rect class="card" x=".5" y=".5" width="${sheet.width - 1}" height="${tall - 1}" rx="8"/>
${parts.filter((part) => part !== '').join('\n')}
</svg>
`;
  return { svg, alt, width, height };
}

/** What the picture says, as a person would read it aloud. */
function altOf(trace: TraceView, language: 'en' | 'zh'): string {
  const words = wordsOf(language);
  const say = embedWords(language);
  const steps = evidenceOf(trace).causes.flatMap(({ step }) => {
    const one = trace.steps[step];
    return one ? [say.pictureStep({ step: step + 1, sentence: sentenceIn(trace, one, words) })] : [];
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

interface Stage {
  readonly title: string;
  readonly detail: string;
  /** Of a hook. */
  readonly stops: readonly { readonly label: string; readonly met: boolean }[] | null;
  /** The way begins anew with it. */
  readonly again: boolean;
}

/** The stages met, in order. */
function stagesOf(trace: TraceView, words: Words): readonly Stage[] {
  const extras = extrasOf(trace, null);
  const { passes } = pathOf(trace, null, -1, waysOf(extras));
  return passes.flatMap((pass, place) =>
    pass.order.map((stage, at): Stage => {
      const again = place > 0 && at === 0;
      if (isHook(stage))
        return {
          title: stage,
          detail: '',
          stops: hookStops(stage, extras).map((name) => ({ label: stopLabel(stage, name), met: pass.stop(`${stage}/${name}`).here === 'taken' })),
          again,
        };
      const [title, detail] = stageText(stage, trace, words);
      return { title, detail, stops: null, again };
    }),
  );
}

const stopWidth = (label: string): number => Math.round(widthOf(label, 12, true) + 6);

/** The stops of a hook in one row, from `x` on; `y` is their upper edge. */
function stopsOf(stops: NonNullable<Stage['stops']>, x: number, y: number): string {
  let at = x;
  return stops
    .map(({ label, met }) => {
      const wide = stopWidth(label);
      const drawn = `<rect class="${met ? 'stop' : 'idle'}" x="${at + 0.5}" y="${y + 0.5}" width="${wide}" height="17" rx="3"/><text class="small mono${met ? '' : ' muted'}" x="${at + 0.5 + wide / 2}" y="${y + 13}" text-anchor="middle">${label}</text>`;
      at += wide + 4;
      return drawn;
    })
    .join('\n');
}

/** From left to right, as boxes; they flow to a second row where one is too short. */
function wayOf(trace: TraceView, words: Words, top: number, { width: sheet, margin }: Sheet): { readonly svg: string; readonly bottom: number } {
  const parts: string[] = [];
  let [x, y] = [margin, top];
  for (const [i, { title, detail, stops, again }] of stagesOf(trace, words).entries()) {
    const inner = stops ? stops.reduce((sum, { label }) => sum + stopWidth(label) + 4, 0) - 2 : widthOf(detail, 12, true);
    const width = Math.round(Math.max(inner, widthOf(title, 12)) + 16);
    if (x + width > sheet - margin && x > margin) [x, y] = [margin + GAP, y + BOX + 8];
    if (i > 0) parts.push(`<text class="muted" x="${x - GAP + 4}" y="${y + BOX / 2 + 5}">${again ? '↺' : '▸'}</text>`);
    parts.push(`<rect class="stage" x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${BOX - 1}" rx="${stops ? 6 : 18}"/>`);
    if (stops) parts.push(`<text class="small bold" x="${x + 8}" y="${y + 14}">${title}</text>`, stopsOf(stops, x + 6, y + 18));
    else {
      parts.push(`<text class="small" x="${x + width / 2}" y="${y + (detail === '' ? 24 : 17)}" text-anchor="middle">${escaped(title)}</text>`);
      if (detail !== '') parts.push(`<text class="small mono bold" x="${x + width / 2}" y="${y + 32}" text-anchor="middle">${escaped(detail)}</text>`);
    }
    x += width + GAP;
  }
  return { svg: parts.join('\n'), bottom: y + BOX };
}

/** From above to below, beside a line. */
function railOf(trace: TraceView, words: Words, top: number, { width: sheet, margin }: Sheet): { readonly svg: string; readonly bottom: number } {
  const x = margin + 6;
  const stations: string[] = [];
  let y = top;
  let last = y;
  for (const { title, detail, stops, again } of stagesOf(trace, words)) {
    last = y + 9;
    stations.push(`<circle class="dot" cx="${x}" cy="${last}" r="4.5"/>`);
    const name = `${again ? '↺ ' : ''}${title}`;
    const named = stops ? `<tspan class="bold">${escaped(name)}</tspan>` : `${escaped(name)}${detail === '' ? '' : ` <tspan class="mono bold">${escaped(detail)}</tspan>`}`;
    stations.push(`<text class="small" x="${x + 16}" y="${y + 13.5}">${named}</text>`);
    y += 21;
    for (let [from, to] = [0, 0]; stops && from < stops.length; from = to) {
      // As many as fit into a row.
      for (let right = x + 15; to < stops.length; to++) {
        right += stopWidth((stops[to] as { label: string }).label) + 4;
        if (to > from && right > sheet - margin) break;
      }
      stations.push(stopsOf(stops.slice(from, to), x + 15, y - 1));
      y += to < stops.length ? 21 : 23;
    }
  }
  return { svg: [`<path class="rail" d="M${x} ${top + 9}V${last}"/>`, ...stations].join('\n'), bottom: y };
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

const isWide = (character: string): boolean => (character.codePointAt(0) ?? 0) >= 0x2e80;

/** About how wide a text is; wide characters take a whole em. */
function widthOf(text: string, size: number, mono = false): number {
  let ems = 0;
  for (const character of text) ems += isWide(character) ? 1 : mono ? 0.605 : /[A-Z0-9_@%MW]/.test(character) ? 0.66 : 0.54;
  return ems * size;
}

/** A text in as many lines as it takes; names too long for one are parted, if they can, after a `-` or a `/`. None of an empty text. */
function linesOf(text: string, width: number, size: number, mono = false): readonly string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const letters = [...rest];
    let fits = 0;
    let line = '';
    while (fits < letters.length && widthOf(line + letters[fits], size, mono) <= width) line += letters[fits++];
    if (fits < letters.length) {
      const space = letters.findLastIndex((letter, i) => i <= fits && letter === ' ');
      const wide = letters.findLastIndex((letter, i) => i < fits && isWide(letter) && !OPENS.test(letter) && !CLOSES.test(letters[i + 1] ?? ''));
      const joint = letters.findLastIndex((letter, i) => i < fits && (letter === '-' || letter === '/'));
      const best = Math.max(space, wide + 1);
      line = letters.slice(0, best > fits / 3 ? best : joint > fits / 3 ? joint + 1 : Math.max(1, fits)).join('');
    }
    lines.push(line.trim());
    rest = rest.slice(line.length).trim();
  }
  return lines;
}

/** A line does not end after the one, nor begin with the other. */
const OPENS = /[（“《]/;
const CLOSES = /[，。：；、）”》！？,.:;)]/;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
