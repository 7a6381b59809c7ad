/** How many lines it takes to say what a rule is for, known before it is laid out: rows are as high as that. */

import { useCallback } from 'react';
import { linesOfProse } from '../../layout/wrapped-lines.ts';
import { rowName, rowOf } from '../../store/purpose.ts';
import type { RuleSummary } from '../../store/state.ts';
import { useView, useWords } from '../page/app-context.ts';
import { widthOf } from '../page/word-width.ts';
import { titleText } from '../why/purpose.tsx';

/** What is beside the text in its line, as rule-row.css has it: number, glyph and gaps, and, where rules have one line, the word for what became of them. */
const BESIDE = { wide: 186, narrow: 78 };
/** The row's id in its box: each character of it, or as many as it has room for; its frame and the gap behind it. */
const ID_SHORTEST = 3;
const ID_CHARACTER = 7.23;
const ID_FRAME = 20.1;

export function usePurposeLines(): (rule: RuleSummary, width: number, narrow: boolean) => number {
  const words = useWords();
  const node = useView((state) => state.answer.node);
  return useCallback(
    (rule, width, narrow) => {
      const row = rowOf(node, rule);
      if (!row) return 1;
      const id = Math.max(ID_SHORTEST, rowName(row.id).length) * ID_CHARACTER + ID_FRAME;
      return linesOfProse(titleText(rule, row, words), width - BESIDE[narrow ? 'narrow' : 'wide'] - id, widthOf);
    },
    [node, words],
  );
}
