/** The trace as Markdown: for an issue, a review, a chat. */

import { linkSize } from '../../actions/share.ts';
import { shownTrace } from '../../store/caused.ts';
import { chainOf } from '../../store/cursor.ts';
import { evidenceOf, fateOf } from '../../store/fate.ts';
import type { State, StepView } from '../../store/state.ts';
import { copiesWords } from '../../text/copies.ts';
import { endpoint } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { sentenceIn } from '../steps/sentence.ts';
import { fateSentence } from '../verdict/fate-words.ts';

/** What the outcome rests on, step by step, with the rules as they were given and the way back to the page. */
export function markdownTrace(state: State, link: string, words: Words): string {
  const trace = shownTrace(state);
  const first = trace?.states[0];
  if (!trace || !first) return '';
  const steps = [...new Set([...trace.decisive, ...evidenceOf(trace).causes.map(({ step }) => step)])].sort((a, b) => a - b);
  const text = copiesWords(state.settings.language);
  const from = first.in === null || first.in === '' ? words.packet.fromNode : first.in;
  return [
    `**${fateSentence(fateOf(trace), words)}**`,
    '',
    text.packet({ packet: `\`${endpoint(first.src, first.sport)} → ${endpoint(first.dst, first.dport)} ${first.proto}\``, from: `\`${from}\`` }),
    '',
    ...steps.flatMap((index) => {
      const step = trace.steps[index];
      const line = step?.kind === 'rule' ? lineOf(state, step) : null;
      return step
        ? [`- ${words.verdict.cause.goTo({ step: index + 1, text: sentenceIn(trace, step, words) })}`, ...(line === null ? [] : ['', '  ```', `  ${line}`, '  ```', ''])]
        : [];
    }),
    '',
    // One that no place would take is left out.
    ...(linkSize(link) === 'long' ? [] : [`[${text.opens({ step: state.selection.step + 1, count: trace.steps.length })}](${link})`, '']),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}

function lineOf({ answer }: State, step: Extract<StepView, { kind: 'rule' }>): string | null {
  return chainOf(answer.node, step)?.rules[step.rule - 1]?.source ?? null;
}
