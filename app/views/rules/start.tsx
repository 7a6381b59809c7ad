/** In place of rules where there are none: how they come here, and three scenarios that are one press away from a verdict. */

import { chooseExample } from '../../actions/choose-example.ts';
import { START_SCENARIOS, startWords } from '../../text/start.ts';
import { useApp, useView } from '../page/app-context.ts';

export function Start(): React.ReactNode {
  const app = useApp();
  const text = startWords(useView((state) => state.settings.language));
  const walked = useView((state) => state.answer.traces.length > 0);
  const choose = (id: string): void => {
    // The card goes when the rules come: whoever pressed it goes on at their head.
    const head = document.getElementById('rules-title');
    if (head) {
      head.tabIndex = -1;
      head.focus({ preventScroll: true });
    }
    void chooseExample(app, id);
  };
  return (
    <div className="start">
      <p className="muted">
        {walked && `${text.noTables} `}
        {text.ask}
      </p>
      <ul className="start-cards" aria-label={text.cards}>
        {START_SCENARIOS.map((id) => (
          <li key={id}>
            <button type="button" className="start-card" onClick={() => choose(id)}>
              <strong>{text.list[id].question}</strong>
              <span className="muted">{text.list[id].shows}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
