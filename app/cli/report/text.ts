/**
 * Traces as text: the verdict first with the steps it rests on, then the way hook by hook: one line per rule that matched,
 * runs of misses folded with the one that came closest.
 */

import {
  conntrackEntries,
  FIELD,
  formatRuleAddress,
  hookRuns,
  nearestMiss,
  printTypedPacket,
  realChanges,
  summarizeTrace,
  traceReader,
  tupleJson,
  type Action,
  type EntryJson,
  type Explainer,
  type ClauseReading,
  type HookRun,
  type Rule,
  type Step,
  type Trace,
  type TraceSummary,
  type TupleJson,
  type Wish,
  type World,
} from '../../../engine/index.ts';
import { chineseReport } from '../../text/chinese/report.ts';
import { Explanations, type Language } from './explanations.ts';
import { harmless, padEnd, textWidth, wrap, type Painter } from './style.ts';
import { whyNotLines, wishText } from './why-not.ts';
import { changeText, decisiveText, endpoint, GLYPH, missReason, verdictSentence, type Tone } from './words.ts';

interface TextOptions {
  readonly notes: readonly string[];
  readonly matchedOnly: boolean;
  /** Null: no limit. */
  readonly columns: number | null;
  readonly paint: Painter;
  /** After each packet: why this did not happen to it. */
  readonly whyNot?: Wish;
  /** Language of all that is not written in rules; English if left out. */
  readonly language?: Language;
  /** Says what rules, sets and marks are for. */
  readonly explain?: { readonly explainer: Explainer; readonly language: Language };
}

/** `world` is the one after the last packet. Ends with a newline. */
export function traceText(world: World, traces: readonly Trace[], options: TextOptions): string {
  const report = new TextReport(world, options);
  return `${report.all(traces).join('\n')}\n`;
}

/** A line to be: a glyph, where, what, and what it changed. */
interface Row {
  readonly tone: Tone | 'mark';
  readonly depth: number;
  readonly place: string;
  readonly text: string;
  /** Painted after the text. */
  readonly changes: string;
  readonly strong: boolean;
  /** What it is for: lines of their own below it. */
  readonly notes?: readonly string[];
}

const MAX_PLACE = 44;
/** Below this the place gets a line of its own rather than squeezing the text. */
const MIN_TEXT = 32;

class TextReport {
  readonly #world: World;
  readonly #options: TextOptions;
  readonly #paint: Painter;
  /** Of the trace being told, with all it caused. */
  #explanations: Explanations | null = null;

  /** A sentence of ours or of the engine, in the language that was asked for. Never a rule: those stay as they are written. */
  readonly #say: (text: string) => string;

  constructor(world: World, options: TextOptions) {
    this.#world = world;
    this.#say = options.language === 'zh' ? chineseReport : (text) => text;
    this.#options = options;
    this.#paint = options.paint;
  }

  all(traces: readonly Trace[]): readonly string[] {
    const { explain } = this.#options;
    const lines = traces.flatMap((trace, i) => {
      this.#explanations = explain ? new Explanations(explain.explainer, explain.language) : null;
      return [...(i > 0 ? [''] : []), ...this.#trace(trace, traces.length > 1 ? `${i + 1}. ` : '')];
    });
    const entries = conntrackEntries(this.#world);
    if (entries.length > 0) lines.push('', this.#paint.bold('conntrack'), ...this.#indent(entries.map((entry) => this.#say(entryLine(entry)))));
    const notes = [...new Set([...this.#world.notes, ...this.#options.notes])];
    if (notes.length > 0) lines.push('', this.#paint.bold(this.#say('notes')), ...notes.flatMap((note) => this.#hanging('  ', this.#say(note))));
    return lines;
  }

  #trace(trace: Trace, label: string): readonly string[] {
    const summary = summarizeTrace(trace, traceReader(this.#world));
    return [
      this.#paint.bold(`${label}${printTypedPacket(trace.packet)}`),
      ...this.#verdict(trace, summary),
      ...this.#way(trace),
      ...this.#whyNot(trace),
      ...trace.emitted.flatMap((emitted) => this.#emitted(emitted)),
    ];
  }

  #emitted(emitted: Trace['emitted'][number]): readonly string[] {
    return ['', ...this.#trace(emitted, `↳ ${this.#say(emitted.cause)}: `).map((line) => (line === '' ? '' : `  ${line}`))];
  }

  /** The answer, and below it the steps it rests on: the last four, each in one line. */
  #verdict(trace: Trace, summary: TraceSummary): readonly string[] {
    const { tone, text } = verdictSentence(summary);
    // The answer is never faint.
    const lines = this.#hanging('', `${GLYPH[tone]} ${this.#say(text)}`).map((line) => this.#paint.bold(tone === 'none' ? line : this.#tone(tone, line)));
    const chain = summary.decisive.slice(-4);
    const width = Math.max(0, ...chain.map((step) => textWidth(formatRuleAddress(step.at))));
    for (const step of chain) lines.push(...this.#hanging(`    ${padEnd(formatRuleAddress(step.at), width)}  `, this.#decisive(step, trace)));
    for (const address of trace.outcome.because) lines.push(...this.#hanging(`    ${formatRuleAddress(address)}  `, this.#say('is not known to match')));
    for (const { assume, outcome } of trace.outcome.alternatives) {
      // Where nothing can be assumed there is one way, which the steps show.
      if (Object.keys(assume).length === 0) continue;
      const assumed = Object.entries(assume).map(([rule, holds]) => `${rule} ${holds ? 'matches' : 'does not match'}`);
      const left = outcome.packet;
      // Two answers may differ in nothing but where the packet is sent.
      const elsewhere = left && (left.dst !== trace.packet.dst || left.dport !== trace.packet.dport) ? ` to ${endpoint({ address: left.dst, port: left.dport ?? null })}` : '';
      // Or in nothing but which rule decides.
      const decider = outcome.by && (!left || trace.outcome.verdict !== 'unknown') ? ` by ${formatRuleAddress(outcome.by)}` : '';
      const ending = `${outcome.verdict}${decider}${outcome.out ? ` through ${outcome.out}` : ''}${left?.src ? ` as ${left.src}${elsewhere}` : ''}`;
      lines.push(...this.#hanging(`    ${this.#say('if')} `, this.#say(`${assumed.join(' and ')}: ${ending}`)));
    }
    return lines;
  }

  #decisive(decisive: TraceSummary['decisive'][number], trace: Trace): string {
    const step = caller(trace.steps[decisive.index], trace.steps);
    const rule = step && this.#ruleAt(step.ruleIndex);
    const said = rule ? (this.#explanations?.sentence(step.at, rule, this.#readings(step)) ?? null) : null;
    const did = this.#say(decisiveText(decisive));
    return said === null ? did : `${did}  ${said}`;
  }

  #readings(step: Extract<Step, { kind: 'rule' }>): readonly ClauseReading[] {
    return step.readings ?? traceReader(this.#world).explain(step.before, step.ruleIndex);
  }

  #ruleAt(ruleIndex: number): Rule | undefined {
    return this.#world.program.rules[ruleIndex]?.rule;
  }

  #way(trace: Trace): readonly string[] {
    return hookRuns(trace.steps).flatMap((run) => {
      const rows = run.steps.flatMap((step) => this.#row(step, trace) ?? []);
      return rows.length === 0 ? [] : ['', this.#heading(run), ...this.#table(rows)];
    });
  }

  #whyNot(trace: Trace): readonly string[] {
    const { whyNot: wish } = this.#options;
    if (!wish || 'cause' in trace) return [];
    const lines = whyNotLines(this.#world, trace, wish).map((line) => ({ ...line, place: `${'  '.repeat(line.depth)}${line.at ? formatRuleAddress(line.at) : ''}` }));
    const width = Math.min(MAX_PLACE, Math.max(...lines.map(({ place }) => textWidth(place))));
    return [
      '',
      this.#paint.bold(this.#say(`why not ${wishText(wish)}?`)),
      ...lines.flatMap(({ holds, place, text }) => {
        const glyph = holds === 'yes' ? '✓' : holds === 'unknown' ? '?' : '–';
        return this.#hanging(`  ${glyph} ${place.trim() === '' ? place : `${padEnd(place, width)}  `}`, this.#say(text)).map((line) =>
          holds === 'yes' ? this.#paint.bold(line) : line,
        );
      }),
    ];
  }

  #heading({ hook, pass, steps }: HookRun): string {
    const reader = traceReader(this.#world);
    // What is known at the first step of a hook may be less: the node's own packet has no way out before its route.
    const name = (field: 'in' | 'out'): string | null =>
      steps.map(({ before }) => reader.interfaceName(before.regs[FIELD[field].index] as number)).find((found) => found !== null) ?? null;
    const [from, to] = [name('in'), name('out')];
    const way = from && to ? `${from} → ${to}` : from ? this.#say(`from ${from}`) : to ? this.#say(`to ${to}`) : '';
    return `${this.#paint.bold(hook)}${pass > 1 ? ` ${this.#say(`(pass ${pass})`)}` : ''}${way ? `  ${this.#paint.faint(way)}` : ''}`;
  }

  #row(step: Step, trace: Trace): Row | null {
    const depth = step.depth;
    switch (step.kind) {
      case 'rule': {
        if (this.#options.matchedOnly && step.matched === 0) return null;
        const rule = this.#ruleAt(step.ruleIndex);
        const text = rule?.text ?? '';
        const unknown = step.matched === 1 ? step.readings?.find((reading) => reading.holds === 1) : undefined;
        const tone = step.matched === 1 ? 'unknown' : ruleTone(step, traceReader(this.#world).action(step.ruleIndex));
        return {
          tone,
          depth,
          place: formatRuleAddress(step.at),
          text: text === '' ? this.#say('every packet, no target') : text,
          changes: unknown
            ? `${this.#say('unknown')}${this.#options.language === 'zh' ? '：' : ': '}${this.#say(unknown.text)}`
            : this.#say([...realChanges(step.effects).map(changeText), ...(step.text ? [step.text] : [])].join('; ')),
          strong: true,
          notes: rule ? this.#ruleNotes(step, rule, unknown) : [],
        };
      }
      case 'misses':
        return this.#options.matchedOnly ? null : this.#misses(step, depth);
      case 'return':
        return { tone: 'none', depth, place: formatRuleAddress(step.at), text: this.#say('end of the chain, back to its caller'), changes: '', strong: false };
      case 'policy':
        return {
          tone: step.verdict === 'DROP' ? 'drop' : 'none',
          depth,
          place: formatRuleAddress(step.at),
          text: this.#say(`policy ${step.verdict}`),
          changes: '',
          strong: step.verdict === 'DROP',
        };
      case 'conntrack':
        return { tone: 'none', depth: 0, place: 'conntrack', text: this.#say(step.text || `${step.event}: ${step.state}`), changes: '', strong: true };
      case 'nat': {
        const side = step.manip === 'src' ? (['src', 'sport'] as const) : (['dst', 'dport'] as const);
        const [from, to] = [step.from, step.to].map((tuple) => sideText(tupleJson(tuple), side));
        return {
          tone: 'rewrite',
          depth: 0,
          place: 'nat',
          text: this.#say(`${step.manip === 'src' ? 'source' : 'destination'} ${from}`),
          changes: `→ ${to}${step.byChance ? this.#say(', by chance') : ''}`,
          strong: true,
        };
      }
      case 'route':
        return { tone: 'none', depth: 0, place: this.#say('route'), text: this.#say(routeText(step, trace)), changes: '', strong: true };
      case 'drop':
        return { tone: 'drop', depth: 0, place: this.#say('drop'), text: this.#say(step.text || step.reason), changes: '', strong: true };
      default:
        return { tone: 'none', depth: 0, place: this.#say(step.kind), text: this.#say(step.text), changes: '', strong: true };
    }
  }

  #misses(step: Extract<Step, { kind: 'misses' }>, depth: number): Row {
    const { explain } = traceReader(this.#world);
    const near = nearestMiss(step, (ruleIndex) => explain(step.before, ruleIndex));
    const number = step.last - step.first + 1;
    const reason = near ? missReason(near.clause) : '';
    const place = number === 1 ? formatRuleAddress({ ...step.at, number: step.first }) : `${formatRuleAddress({ ...step.at, number: step.first })}–${step.last}`;
    const text =
      number === 1
        ? `did not match${reason ? `: ${reason}` : ''}`
        : `${number} rules did not match${near ? `; ${near.held > 0 ? 'closest was ' : ''}rule ${near.number}: ${reason}` : ''}`;
    // A rule of which nothing held was not meant for this packet.
    const rule = near && (number === 1 || near.held > 0) ? this.#ruleAt(near.ruleIndex) : undefined;
    const notes = near && rule ? (this.#explanations?.missed(step.at, rule, near.clause) ?? []) : [];
    return { tone: 'none', depth, place, text: this.#say(text), changes: '', strong: false, notes };
  }

  #ruleNotes(step: Extract<Step, { kind: 'rule' }>, rule: Rule, unknown: ClauseReading | undefined): readonly string[] {
    if (!this.#explanations) return [];
    return [
      ...this.#explanations.matched(step.at, rule, this.#readings(step)),
      ...(unknown ? this.#explanations.sets([unknown]) : []),
      ...this.#explanations.mark(rule, realChanges(step.effects)),
    ];
  }

  /** Rows in columns: glyph, place, text; long text goes on below itself. */
  #table(rows: readonly Row[]): readonly string[] {
    const places = rows.map((row) => `${'  '.repeat(Math.min(row.depth, 8))}${harmless(row.place)}`);
    const columns = this.#options.columns;
    const width = Math.min(Math.max(...places.map(textWidth)), MAX_PLACE, columns === null ? MAX_PLACE : Math.max(12, columns - MIN_TEXT - 6));
    return rows.flatMap((row, i) => {
      const place = places[i] as string;
      const glyph = row.tone === 'mark' ? this.#paint.mark('▣') : this.#tone(row.tone, row.tone === 'none' && row.strong ? '·' : GLYPH[row.tone]);
      const lead = 4 + width + 2;
      const room = columns === null ? null : Math.max(MIN_TEXT, columns - lead);
      const notes = (row.notes ?? []).flatMap((note) => wrap(harmless(note), room === null ? null : room - 4).map((line, n) => `  ${n > 0 ? '  ' : ''}${line}`));
      const body = [...this.#body(row, room), ...notes.map((line) => this.#paint.faint(line))];
      const pad = ' '.repeat(lead);
      if (textWidth(place) > width) return [`  ${glyph} ${this.#place(row, place)}`, ...body.map((line) => `${pad}${line}`)];
      return [`  ${glyph} ${this.#place(row, padEnd(place, width))}  ${body[0]}`, ...body.slice(1).map((line) => `${pad}${line}`)];
    });
  }

  /** The text, then the changes: on its last line if there is room, else below. */
  #body(row: Row, room: number | null): readonly string[] {
    const text = wrap(harmless(row.text), room);
    const lines = text.map((line) => (row.strong ? line : this.#paint.faint(line)));
    if (row.changes === '') return lines;
    const paint = row.tone === 'unknown' ? this.#paint.bold : row.tone === 'rewrite' ? this.#paint.rewrite : this.#paint.mark;
    const last = text.at(-1) ?? '';
    if (room === null || textWidth(last) + 2 + textWidth(row.changes) <= room) return [...lines.slice(0, -1), `${lines.at(-1)}  ${paint(row.changes)}`];
    return [...lines, ...wrap(row.changes, room).map(paint)];
  }

  #place(row: Row, text: string): string {
    return row.strong ? text : this.#paint.faint(text);
  }

  #tone(tone: Tone, text: string): string {
    if (tone === 'accept' || tone === 'drop' || tone === 'rewrite') return this.#paint[tone](text);
    return tone === 'none' ? this.#paint.faint(text) : text;
  }

  #hanging(lead: string, text: string): readonly string[] {
    const start = harmless(lead);
    const indent = textWidth(start);
    const { columns } = this.#options;
    const [first = '', ...rest] = wrap(harmless(text), columns === null ? null : Math.max(MIN_TEXT, columns - indent - 2));
    return [`${start}${first}`, ...rest.map((line) => `${' '.repeat(indent + 2)}${line}`)];
  }

  #indent(lines: readonly string[]): readonly string[] {
    return lines.flatMap((line) => this.#hanging('  ', line));
  }
}

/** What masquerades is one chain for all: what it was called for is in the rule that called it. */
function caller(step: Step | undefined, steps: readonly Step[]): Extract<Step, { kind: 'rule' }> | undefined {
  if (step?.kind !== 'rule') return undefined;
  const called = step.at.chain === 'OVN-MASQUERADE' ? steps.findLast((one) => one.kind === 'rule' && one.index < step.index && one.depth < step.depth) : undefined;
  return called?.kind === 'rule' ? called : step;
}

function ruleTone(step: Extract<Step, { kind: 'rule' }>, action: Action | null): Row['tone'] {
  if (action?.effects.some(({ op }) => op === 'nat' || op === 'tproxy')) return 'rewrite';
  if (action?.verdict === 'DROP') return 'drop';
  if (action?.verdict === 'ACCEPT') return 'accept';
  return realChanges(step.effects).length > 0 ? 'mark' : 'none';
}

function tupleText(tuple: TupleJson): string {
  const icmp = tuple.icmpType === undefined ? '' : ` type ${tuple.icmpType} code ${tuple.icmpCode} id ${tuple.icmpId}`;
  return `${endpoint({ address: tuple.src, port: tuple.sport ?? null })} > ${endpoint({ address: tuple.dst, port: tuple.dport ?? null })}${icmp}`;
}

function sideText(tuple: TupleJson, [address, port]: readonly ['src' | 'dst', 'sport' | 'dport']): string {
  return `${endpoint({ address: tuple[address], port: tuple[port] ?? null })}${tuple.icmpId === undefined ? '' : ` id ${tuple.icmpId}`}`;
}

/** As `ip route get` words it; why a second look-up was needed. */
function routeText(step: Extract<Step, { kind: 'route' }>, trace: Trace): string {
  const again = trace.steps.some((earlier) => earlier.kind === 'route' && earlier.pass === step.pass && earlier.index < step.index);
  const found = [step.type === 'unicast' ? '' : step.type, step.route, step.via && `via ${step.via}`, step.dev && `dev ${step.dev}`].filter(Boolean).join(' ');
  return `${found}${step.table ? `, table ${step.table}` : ''}${step.rule === null ? '' : `, ip rule ${step.rule}`}${again && step.text ? `: ${step.text}` : ''}`;
}

/** Like `conntrack -L` prints it, shorter. */
function entryLine(entry: EntryJson): string {
  const status = entry.status.length > 0 ? ` [${entry.status.join(' ')}]` : '';
  return `${entry.proto}${entry.state ? ` ${entry.state}` : ''} ${tupleText(entry.original)}, answers ${tupleText(entry.reply)}${status}${entry.mark ? ` mark 0x${entry.mark.toString(16)}` : ''}${entry.zone ? ` zone ${entry.zone}` : ''} ${entry.timeout}s`;
}
