/** The still picture of what a figure shows, as a script of its own: it is loaded when the host asks for one (`exportSvg`), which few do. */

import { learnFrom } from '../store/learn-from.ts';
import '../text/languages.ts';
import type { TraceView } from '../worker/messages.ts';
import { pictureOf, type Picture } from './picture.ts';
import type { ScenarioData } from './data.ts';

export type DrawPicture = (scenario: Pick<ScenarioData, 'title'>, trace: TraceView, language: 'en' | 'zh') => Picture;

const draw: DrawPicture = (scenario, trace, language) => {
  // What the engine said in Chinese stands with its walk: this script has words of its own, and learns them.
  learnFrom({ kind: 'traces', id: 0, traces: [trace], problems: [] });
  return pictureOf(scenario, trace, language);
};

(globalThis as { packetwalkPicture?: DrawPicture }).packetwalkPicture = draw;
