/** Beside the verdict: asks why it is not another one. */

import { askWhyNot, hideWhyNot } from '../../actions/why-not.ts';
import { shownTrace } from '../../store/caused.ts';
import { likelyWish } from '../../store/why-not.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';

export function WhyNotButton(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const trace = useView(shownTrace);
  const asked = useView((state) => state.selection.whyNot);
  if (!app.asksWhyNot || !trace) return null;
  return (
    <button
      type="button"
      className="button why-not-button"
      data-why-not=""
      aria-pressed={asked?.shown ?? false}
      onClick={() => (asked?.shown ? hideWhyNot(app) : askWhyNot(app, asked?.wish ?? likelyWish(trace)))}
    >
      {words.whyNot.ask}
    </button>
  );
}
