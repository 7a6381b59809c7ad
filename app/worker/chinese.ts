/** What of an answer is the engine's English, with its Chinese beside it: the page has no tables of its own, and its worker loads them for a page that is Chinese. */

import type { Problem } from '../../engine/index.ts';
import { chinese } from '../text/chinese/index.ts';
import { yamlFault } from '../text/chinese/yaml.ts';
import type { Translator } from './plain-session.ts';
import type { Answer, Chinese, ClusterIssue, ProblemView, Reading, TraceView, WhyNotCandidate } from './messages.ts';

/** The page says it itself: a value or set, and flags of others. */
const PLAIN = /^(not )?(in )?\S+$|^[A-Z,]+ of [A-Z,]+$/;

/** Names, numbers and what rules are written in are one word, or have no two letters in lower case. */
function isSaid(text: string): boolean {
  return text.includes(' ') && /[a-z]{2}/.test(text) && !PLAIN.test(text);
}

class Sentences {
  readonly zh: Record<string, string> = {};

  add(text: string | number | null | undefined): void {
    if (typeof text !== 'string' || !isSaid(text) || text in this.zh) return;
    const said = chinese(text);
    if (said !== text) this.zh[text] = said;
  }

  readings(readings: readonly Reading[]): void {
    for (const { clause, wanted, saw, text, holds } of readings) {
      this.add(saw);
      this.add(wanted);
      if (!/(^| )-/.test(clause)) this.add(clause);
      // Where one of the two is a phrase, the page cannot make a sentence of them.
      if (holds === 'unknown' || saw === '' || wanted === '' || isSaid(saw) || isSaid(wanted)) this.add(text);
    }
  }

  trace(trace: TraceView): void {
    for (const step of trace.steps) {
      if ('text' in step) this.add(step.text);
      if (step.kind === 'drop') this.add(step.reason);
      if (step.kind === 'rule') for (const { field, from, to } of step.effects) for (const text of [field, from, to]) this.add(text);
    }
    this.add(trace.outcome.reason);
    for (const note of trace.notes) this.add(note);
    for (const readings of Object.values(trace.readings)) this.readings(readings);
  }

  answer(answer: Answer): void {
    if (answer.kind === 'cluster') for (const issue of answer.cluster.issues) this.issue(issue);
    if (answer.kind === 'node') for (const note of answer.node.notes) this.add(note);
    if (answer.kind === 'traces') for (const trace of answer.traces) this.traceWithCaused(trace);
    if (answer.kind === 'traces') for (const { message, hint } of answer.problems) for (const text of [message, hint]) this.message(text);
    if (answer.kind === 'why') this.readings(answer.readings);
    if (answer.kind === 'why-not') for (const candidate of answer.whyNot.candidates) this.candidate(candidate);
    if (answer.kind === 'refused') this.refusal(answer);
  }

  refusal({ message, hint }: Extract<Answer, { kind: 'refused' }>): void {
    for (const text of [message, hint]) this.message(text);
  }

  /** Of a problem every text is a sentence, however short. */
  private message(text: string): void {
    const said = chinese(text);
    if (said !== text) this.zh[text] = said;
  }

  private issue(issue: ClusterIssue): void {
    const { message, messageZh, hint, hintZh } = problemInBoth(issue);
    if (messageZh) this.zh[message] = messageZh;
    if (hintZh) this.zh[hint] = hintZh;
  }

  private traceWithCaused(trace: TraceView): void {
    this.trace(trace);
    for (const caused of trace.emitted) this.traceWithCaused(caused);
  }

  candidate({ reason }: WhyNotCandidate): void {
    if ('reading' in reason && reason.reading) this.readings([reason.reading]);
    if (reason.kind === 'not-entered') for (const jump of reason.jumps) this.candidate(jump);
  }
}

function of(add: (sentences: Sentences) => void): { readonly zh?: Chinese } {
  const sentences = new Sentences();
  add(sentences);
  return Object.keys(sentences.zh).length > 0 ? { zh: sentences.zh } : {};
}

function traceInBoth<T extends TraceView>(trace: T): T {
  return { ...trace, ...of((sentences) => sentences.trace(trace)), emitted: trace.emitted.map(traceInBoth) };
}

/** `fault`: the YAML parser's code, where its words are the message. */
function problemInBoth<T extends Pick<Problem, 'message' | 'hint'> & { readonly fault?: string }>(problem: T): T & Pick<ProblemView, 'messageZh' | 'hintZh'> {
  const [messageZh, hintZh] = [(problem.fault && yamlFault[problem.fault]) || chinese(problem.message), chinese(problem.hint)];
  return { ...problem, ...(messageZh !== problem.message && { messageZh }), ...(hintZh !== problem.hint && { hintZh }) };
}

/** The Chinese of all that some answers say, as far as it is not with them. */
function sentencesOf(answers: readonly Answer[]): Chinese {
  return (
    of((sentences) => {
      for (const answer of answers) sentences.answer(answer);
    }).zh ?? {}
  );
}

/** The answer with the Chinese of what it says. */
function inBoth(answer: Answer): Answer {
  switch (answer.kind) {
    case 'cluster':
      return { ...answer, cluster: { ...answer.cluster, issues: answer.cluster.issues.map(problemInBoth) } };
    case 'node':
      return { ...answer, node: { ...answer.node, ...of((sentences) => answer.node.notes.forEach((note) => void sentences.add(note))) } };
    case 'traces':
      return { ...answer, traces: answer.traces.map(traceInBoth) };
    case 'why':
      return { ...answer, ...of((sentences) => sentences.readings(answer.readings)) };
    case 'why-not':
      return { ...answer, ...of((sentences) => answer.whyNot.candidates.forEach((candidate) => void sentences.candidate(candidate))) };
    case 'refused': {
      return { ...answer, ...of((sentences) => sentences.refusal(answer)) };
    }
    default:
      return answer;
  }
}

/** A session's answers with their Chinese. */
export const CHINESE: Translator = { answer: inBoth, problem: problemInBoth, sentences: sentencesOf };
