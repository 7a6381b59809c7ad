/** The lines between the rules and what explains them, and between why and the state: where they stand is the person's, and kept. */

import type { SettingsSlice } from '../../store/state.ts';
import { splitterWords } from '../../text/splitter.ts';
import { Splitter } from '../../widgets/splitter.tsx';
import { useApp, useView } from './app-context.ts';

/** Percent before the line, where nobody moved it: page.css has the same. */
const USUAL = { rows: 68, rowsOfLow: 78 };
const LOW = '(max-height: 820px)';
/** Room of why and the state, in pixels of the page where nobody moved the line: page.css has it in letters. */
const SIDE = { desktop: 472, laptop: 460 };

export function RowSplitter(): React.ReactNode {
  const { splits, words, move } = useSplits();
  const usual = matchMedia(LOW).matches ? USUAL.rowsOfLow : USUAL.rows;
  return <Splitter words={words.rows} between="rows" share={splits.rows ?? usual} least={20} most={88} controls="region-why" move={(rows) => move({ rows })} />;
}

export function ColumnSplitter({ frame, width }: { frame: 'desktop' | 'laptop'; width: number }): React.ReactNode {
  const { splits, words, move } = useSplits();
  const usual = Math.round(100 - (SIDE[frame] / width) * 100);
  return <Splitter words={words.columns} between="columns" share={splits.columns ?? usual} least={40} most={72} controls="region-rules" move={(columns) => move({ columns })} />;
}

function useSplits() {
  const app = useApp();
  const splits = useView((state) => state.settings.splits);
  const words = splitterWords(useView((state) => state.settings.language));
  return { splits, words, move: (change: Partial<SettingsSlice['splits']>): void => app.set({ splits: { ...splits, ...change } }) };
}
