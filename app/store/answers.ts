/**
 * The worker's answers, taken into the store. The parts of one show together, with its traces; the cursor then lands where
 * it was sent to, or stays with the rule that it was at.
 */

import type { Answer, ClusterView, NodeSummary, StepView, TraceView } from '../worker/messages.ts';
import { breakpointAt, renumbered } from './breakpoints.ts';
import { carryCaused, causedTrace, shownTrace } from './caused.ts';
import { carryCursor, chainOf, firstDifference, stepAtRule, type Renumber, type RulePlace } from './cursor.ts';
import { readyPackets, walksAlike, type Document } from './document.ts';
import { evidenceOf, fateOf } from './fate.ts';
import { learnFrom } from './learn-from.ts';
import type { NodeComparison, NodeState } from './node-changes.ts';
import { partsOf, ruleAt } from './parts.ts';
import { readingsKey } from './questions.ts';
import { runWith } from './rows.ts';
import type { AnswerSlice, Looking, SelectionSlice, State } from './state.ts';
import type { AppStore } from './store.ts';
import { isInChain, unfoundOf } from './unfound.ts';
import { isUnread } from './unread.ts';
import { visitsOf } from './visits.ts';
import { whyNotKey } from './why-not.ts';

/** What is to be done with the next traces: said by what asked for them, done when they come. */
export interface Awaited {
  /** Where to go: the step, else the rule, else the step that decides; undefined: stay. */
  landing:
    | {
        readonly step: number | null;
        readonly rule: RulePlace | null;
        readonly part?: number;
        readonly set?: string | null;
        readonly link?: Pick<SelectionSlice, 'packet' | 'caused'>;
      }
    | undefined;
  /** They are of an edit of what is shown: places in the document mean the rules that are shown. */
  edited: boolean;
  /** What there was before the last edit of the files: what it changed is told from it. */
  base: { readonly made: NodeState | null; readonly traces: readonly TraceView[] } | null;
  /** The step to which each document's walk brought the cursor. */
  readonly arrived: WeakMap<Document, number>;
}

interface Answers {
  /** A walk of this document begins: it is what the next answers are of. Parts of an earlier one that were still coming are forgotten. */
  began(document: Document): void;
  /** The walk is ended: what came of it is forgotten. */
  forget(): void;
  take(answer: Answer): void;
}

interface Parts {
  readonly cluster?: ClusterView;
  readonly node?: NodeSummary;
}

type Landing = NonNullable<Awaited['landing']>;
type Traces = Extract<Answer, { kind: 'traces' }>;

/** Where the cursor is to be in the new traces, and what is told about it. */
interface Landed {
  readonly step: number;
  readonly was: AnswerSlice['was'];
  /** The rule of a run of misses that it stays at. */
  readonly rule?: RulePlace | null | undefined;
  /** It could not stay at its rule. */
  readonly moved: boolean;
}

/** `compare`: tells what an edit of a cluster did to its node; null: nothing is told. */
export function answersInto({ getState, setState }: AppStore, awaited: Awaited, compare: NodeComparison | null): Answers {
  /** The node of each list of files as it was told last, with its cluster, and whose is shown: the engine tells a node again only where it was given others meanwhile, and knows nothing of walks that were made before. */
  const told = new WeakMap<Document['files'], Parts>();
  let shown: Document['files'] | null = null;
  /** What is walked, or was last: the document may have gone on since, to what cannot be walked yet. */
  let walked: Document | null = null;
  /** Parts of an answer that is still coming: they show together. */
  let coming: Parts = {};
  /** Part of a rule that the last link led to; 0: the first, or it was seen whether it is there. */
  let linkedPart = 0;
  /** Breakpoints on rules that an edit took away, with how many rules the chain had: with as many again, the rule is there again, or another is written in its place. */
  const gone = new Map<string, number>();

  /** Puts what came of an answer in place, with what it changed; the traces come with it. */
  function settle(answer: AnswerSlice): AnswerSlice {
    const { cluster, node } = coming;
    coming = {};
    // What was in force is shown until it can be told again.
    const next = cluster ? { ...answer, cluster: { ...cluster, inForce: cluster.inForce ?? answer.cluster?.inForce ?? null } } : answer;
    if (!node) return next;
    const made = cluster?.snapshot ? { node, sets: cluster.sets, snapshot: cluster.snapshot } : null;
    return {
      ...next,
      setEntries: {},
      found: null,
      foundByWords: null,
      node,
      made,
      cluster: cluster ? next.cluster : null,
      changes: made && awaited.base?.made ? (compare?.between(awaited.base.made, made) ?? null) : null,
    };
  }

  function takeTraces(answer: Traces): void {
    const state = getState();
    const { files } = walked ?? state.document;
    const known = coming.node || shown === files ? undefined : told.get(files);
    if (known) coming = known;
    const edits = shown !== files;
    shown = files;
    const madeAnew = coming.node !== undefined;
    const settled = settle(state.answer);
    const node = settled.node && { ...settled.node, problems: answer.problems };
    const whole: AnswerSlice = {
      ...settled,
      status: 'ready',
      node,
      traces: answer.traces,
      stale: (walked !== null && !walksAlike(walked, state.document)) || readyPackets(state.document) === null,
      failure: null,
      refused: null,
      was: null,
      shows: null,
      readings: {},
      whyNot: {},
    };
    if (isUnread({ document: state.document, answer: { node } })) return showUnread(state, whole);
    const packet = Math.min(state.selection.packet, answer.traces.length - 1);
    const trace = answer.traces[packet];
    if (!trace) return;
    const { landing, edited } = awaited;
    const old = state.answer.traces[packet];
    const caused = landing ? (causedTrace(trace, state.selection.caused) ? state.selection.caused : []) : carryCaused(old, trace, state.selection.caused);
    const before = caused.length === state.selection.caused.length ? (causedTrace(old, caused) ?? undefined) : undefined;
    const after = causedTrace(trace, caused) ?? trace;
    const renumber = edits && (!landing || edited) ? compare?.renumber(state.answer, settled, awaited.base?.made === state.answer.made) : undefined;
    const earlier = (madeAnew && caused.length === 0 && awaited.base?.traces[packet]) || before;
    const { step, rule = null, was, moved } = landing ? landedAt(landing, after) : staying(state.selection, { before, earlier, after }, renumber);
    awaited.landing = undefined;
    if (!edited) gone.clear();
    linkedPart = landing?.part ?? 0;
    const looking = landing ? lookingAt(landing, after, settled.node) : null;
    const chosen = chosenAt(after, step, landing ?? { step, rule }, settled.node);
    const unfound = landing?.link ? unfoundOf({ ...landing, ...landing.link }, after, { packet, caused, step, rule: chosen.rule, looking }) : [];
    setState({
      ...(edited && renumber && { document: renumbered(state.document, untilBack(renumber, state.answer.node, settled.node)) }),
      answer: { ...whole, was },
      selection: {
        ...state.selection,
        packet,
        caused,
        step,
        ...chosen,
        preview: null,
        playing: false,
        follow: true,
        looking,
      },
      // That something was added, and can be taken away, is said rather.
      ...(moved && state.notice?.kind !== 'added' && state.notice?.kind !== 'joined' && { notice: { kind: 'moved', detail: '' } }),
    });
    awaited.arrived.set(getState().document, step);
    leftOut(unfound);
  }

  /** A rule that is gone has no number, until it is there again: the one that took its number is another. */
  function untilBack(renumber: Renumber, before: NodeSummary | null, after: NodeSummary | null): Renumber {
    return (place) => {
      const name = breakpointAt(place);
      const count = gone.get(name);
      if (count !== undefined && count === chainOf(after, place)?.rules.length) gone.delete(name);
      if (count !== undefined) return null;
      const rule = renumber(place);
      const had = chainOf(before, place)?.rules.length;
      if (rule === null && had !== undefined) gone.set(name, had);
      return rule;
    };
  }

  /** What of a link leads nowhere is said, beside what of it was not understood. */
  function leftOut(unfound: readonly string[]): void {
    const { notice, selection } = getState();
    if (unfound.length === 0) return;
    const detail = [...(notice?.kind === 'unknown-link' ? [notice.detail] : []), ...unfound].join(' ');
    const isPart = unfound.some((one) => one.startsWith('part='));
    setState({ notice: { kind: 'unknown-link', detail }, ...(isPart && { selection: { ...selection, part: 0 } }) });
  }

  /** The tests of a rule that a link leads into, where they came later than the trace. */
  function takeReadings({ step, rule, readings }: Extract<Answer, { kind: 'why' }>): void {
    const { selection, answer } = getState();
    const at = shownTrace({ answer, selection })?.steps[selection.step];
    if (linkedPart === 0 || linkedPart !== selection.part || step !== at?.index || rule !== ruleAt(at, selection.rule)) return;
    if (linkedPart >= partsOf(at, readings).length) leftOut([`part=${linkedPart + 1}`]);
    linkedPart = 0;
  }

  /** Nothing of the files could be read: there is nothing that a packet could be walked through. */
  function showUnread({ selection }: State, answer: AnswerSlice): void {
    awaited.landing = undefined;
    awaited.edited = false;
    setState({
      answer: { ...answer, traces: [] },
      selection: { ...selection, caused: [], step: 0, rule: null, part: 0, preview: null, playing: false, looking: null, whyNot: null, expanded: [] },
    });
  }

  /** There is no walk to land in: the next one is of something else, whose deciding step counts. */
  function landNowhere(): void {
    awaited.landing &&= { step: null, rule: null };
  }

  /** The walk failed: what was shown stays, and is said to be of the one before. */
  function takeFailure({ answer }: State, failed: Pick<AnswerSlice, 'failure' | 'refused'>): void {
    landNowhere();
    setState({ answer: { ...settle(answer), status: 'failed', ...failed, stale: answer.traces.length > 0 } });
  }

  return {
    began(document) {
      walked = document;
      coming = {};
    },
    forget() {
      coming = {};
      landNowhere();
    },
    take(answer) {
      learnFrom(answer);
      const state = getState();
      switch (answer.kind) {
        case 'cluster':
          coming = { cluster: answer.cluster };
          return;
        case 'node':
          coming = { ...coming, node: answer.node };
          told.set((walked ?? state.document).files, coming);
          return;
        case 'not-generated':
          return takeFailure(state, { failure: null, refused: null });
        case 'traces':
          return takeTraces(answer);
        case 'why': {
          const key = readingsKey(answer.packet, answer.caused ?? [], answer.step, answer.rule);
          setState({ answer: { ...state.answer, readings: { ...state.answer.readings, [key]: answer.readings } } });
          return takeReadings(answer);
        }
        case 'set':
          return setState({ answer: { ...state.answer, setEntries: { ...state.answer.setEntries, [answer.name]: answer.entries } } });
        case 'found':
          return setState({ answer: { ...state.answer, [answer.words ? 'foundByWords' : 'found']: { query: answer.query, places: answer.found } } });
        case 'why-not': {
          const key = whyNotKey(answer.packet, answer.caused ?? [], answer.wish);
          return setState({ answer: { ...state.answer, whyNot: { ...state.answer.whyNot, [key]: answer.whyNot } } });
        }
        case 'failed':
          return takeFailure(state, { failure: answer.message, refused: null });
        case 'refused':
          return takeFailure(state, { failure: null, refused: answer });
        case 'skipped':
          return;
      }
    },
  };
}

const within = (step: number, { steps }: TraceView): number => Math.max(0, Math.min(step, steps.length - 1));

function landedAt(landing: Landing, trace: TraceView): Landed {
  const step = landing.step ?? (landing.rule && stepAtRule(trace, landing.rule)) ?? evidenceOf(trace).deciding;
  return { step: within(step, trace), was: null, moved: false };
}

/**
 * The cursor stays with its rule. Where that is gone, or not visited any more, it goes to where an edit of the rules first made a difference, else near to
 * where it was; `earlier`: the walk that this one is compared with, where there was one.
 */
function staying(
  { step, rule: chosen }: SelectionSlice,
  { before, earlier, after }: { readonly before: TraceView | undefined; readonly earlier: TraceView | undefined; readonly after: TraceView },
  renumber: Renumber | undefined,
): Landed {
  const was = earlier ? { fate: fateOf(earlier), difference: firstDifference(earlier, after) } : null;
  if (!before) return { step: evidenceOf(after).deciding, was, moved: false };
  const { step: near, kept, rule } = carryCursor(before, step, after, renumber, chosen);
  const moved = kept === 'hook';
  return { step: within((moved && renumber && firstDifference(before, after)) || near, after), rule, was, moved };
}

const isOfChain = (step: StepView | undefined, { table, chain }: RulePlace): boolean => step !== undefined && 'chain' in step && step.table === table && step.chain === chain;

/** The rule of the step that is looked at, where one was asked for; in a run of misses it is to be seen. */
function chosenAt(trace: TraceView, step: number, landing: Landing | undefined, node: NodeSummary | null): Pick<SelectionSlice, 'rule' | 'part' | 'expanded'> {
  const chosen = landing?.rule;
  const at = trace.steps[step];
  const rule = chosen && isOfChain(at, chosen) && isInChain(node, chosen) ? chosen.rule : null;
  const expanded = rule !== null && at?.kind === 'misses' ? [runWith(visitsOf(trace).ofStep[step] ?? -1, rule)] : [];
  return { rule, part: landing?.part ?? 0, expanded };
}

/** What is looked at beside the cursor: a set, or a rule that the packet does not come to, or not at the step that was asked for. */
function lookingAt({ step, rule, set }: Landing, trace: TraceView, node: NodeSummary | null): Looking | null {
  if (set && node?.sets?.some(({ name }) => name === set)) return { kind: 'set', name: set };
  if (!rule || (step === null ? stepAtRule(trace, rule) !== null : isOfChain(trace.steps[within(step, trace)], rule))) return null;
  const count = chainOf(node, rule)?.rules.length;
  // A policy is no row of the list: its chain is looked at.
  return count !== undefined && isInChain(node, rule) ? { kind: 'chain', ...rule, rule: rule.rule <= count ? rule.rule : null } : null;
}
