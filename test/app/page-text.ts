/** All that the page says of a walk in one language, as text: what its views put together of the dictionary and the engine's answers. */

import { evidenceOf, fateOf } from '../../app/store/fate.ts';
import { partsOf } from '../../app/store/parts.ts';
import type { Words } from '../../app/text/words.ts';
import { causedText } from '../../app/views/path/words.ts';
import { narrationOf } from '../../app/views/steps/narrate.ts';
import { placeOf, sentenceOf } from '../../app/views/steps/sentence.ts';
import { causeText, fateSentence } from '../../app/views/verdict/fate-words.ts';
import type { Bilingual, NodeSummary, Reading, TraceView, WhyNotCandidate } from '../../app/worker/messages.ts';

export function nodeText({ problems, notes, sets, rows, marks, tables }: NodeSummary, words: Words): readonly string[] {
  const own = (text: Bilingual): string => text[words.language === '中文' ? 'zh' : 'en'];
  return [
    ...problems.flatMap((problem) => [words.rules.problemOf(problem), words.rules.problem({ ...problem, message: words.problemMessage(problem) }), words.problemHint(problem)]),
    ...notes.map((text) => words.engine({ text })),
    ...(sets ?? []).flatMap(({ purpose }) => (purpose ? [own(purpose.purpose), own(purpose.because)] : [])),
    ...Object.values(rows).flatMap(({ title, purpose, condition }) => [own(title), own(purpose), own(condition)]),
    ...marks.map(({ purpose }) => own(purpose)),
    ...tables.flatMap(({ chains }) =>
      chains.flatMap(({ rules }) =>
        rules.flatMap(({ purpose, problems: wrong }) => [
          ...(purpose ? [own(purpose.objects), own(purpose.because)] : []),
          ...(wrong ?? []).map((one) => words.rules.problemOf(one)),
        ]),
      ),
    ),
  ];
}

function readingText(reading: Reading, words: Words): readonly string[] {
  const { clause, saw, wanted } = reading;
  return [
    words.why.reading({ ...reading, entry: reading.entry ?? '' }),
    words.engine({ text: clause }),
    words.engine({ text: saw }),
    words.why.needed({ wanted: words.engine({ text: wanted }) }),
    ...(reading.entryOf ? [reading.entryOf[words.language === '中文' ? 'zh' : 'en']] : []),
  ];
}

export function traceText(trace: TraceView, words: Words): readonly string[] {
  const fate = fateOf(trace);
  return [
    fateSentence(fate, words),
    ...trace.outcome.alternatives.map(({ outcome }) => fateSentence(fateOf(trace, outcome), words)),
    ...evidenceOf(trace).causes.map((cause) => causeText(cause, words)),
    ...trace.notes.map((text) => words.engine({ text })),
    ...trace.steps.flatMap((step) => {
      const readings = 'chain' in step ? (trace.readings[`${step.index}/${step.rule}`] ?? null) : null;
      const told = { trace, step, chosen: null, rule: null, readings, part: null };
      const parts = partsOf(step, readings);
      return [
        sentenceOf(step, words),
        placeOf(step, words),
        narrationOf(told, 'full', words),
        ...parts.map((_, at) => narrationOf({ ...told, part: { parts, at } }, 'full', words)),
        ...('text' in step ? [words.engine(step)] : []),
      ];
    }),
    ...Object.values(trace.readings).flatMap((readings) => readings.flatMap((reading) => readingText(reading, words))),
    ...trace.emitted.flatMap((caused) => [causedText(caused, words), ...traceText(caused, words)]),
  ];
}

export function candidateText({ reason }: WhyNotCandidate, words: Words): readonly string[] {
  if (reason.kind === 'not-entered') return reason.jumps.flatMap((jump) => candidateText(jump, words));
  return 'reading' in reason && reason.reading ? readingText(reason.reading, words) : [];
}

/** What rules are written in, and what stands in quotes, is no language's. */
const NOT_WORDS = /"[^"]*"|“[^”]*”|-{1,2}[\w-]+(?: (?:"[^"]*"|[^\s，；：。、（）]+))?|environment\.choices/g;

/** Runs of four English words and more, as a reader would meet them. */
export function englishIn(text: string): readonly string[] {
  return [...text.replace(NOT_WORDS, ' · ').matchAll(/(?<![\w./:@-])[A-Za-z][a-z’']*(?:,? [a-z][a-z’']*){3,}(?![\w/@])/g)].map(([found]) => found);
}

/** Words that hold English sentences together: in a Chinese one they show that a part of it was left as it was. */
export function strayIn(text: string): readonly string[] {
  if (!/\p{Script=Han}/u.test(text)) return [];
  return [...text.replace(NOT_WORDS, ' · ').matchAll(/(?<![\w./:@-])(?:is|are|the|becomes|needs|which|that|then|and|or)(?![\w/@.:-])/g)].map(([found]) => found);
}
