/** What the signs of the map mean, and what is not on it. Opens over the page, so that nothing moves. */

import { useRef } from 'react';
import { MODELLED_FILES } from '../../text/modelled-files.ts';
import { useView, useWords } from '../page/app-context.ts';

const EDGE = 8;

export function Legend(): React.ReactNode {
  const words = useWords();
  const language = useView((state) => state.settings.language);
  const button = useRef<HTMLButtonElement>(null);
  const text = words.path.legend;
  /** Beside its button, inside the window. */
  const place = (event: React.ToggleEvent<HTMLDivElement>): void => {
    const from = button.current?.getBoundingClientRect();
    if (event.newState !== 'open' || !from) return;
    const box = event.currentTarget;
    const [width, height] = [box.offsetWidth, box.offsetHeight];
    const below = from.bottom + 4 + height <= window.innerHeight - EDGE;
    box.style.left = `${Math.max(EDGE, Math.min(from.left, window.innerWidth - width - EDGE))}px`;
    box.style.top = `${Math.max(EDGE, below ? from.bottom + 4 : from.top - height - 4)}px`;
  };
  return (
    <>
      <button type="button" className="link legend-button" ref={button} popoverTarget="path-legend">
        {text.title}
      </button>
      <div id="path-legend" popover="auto" className="legend" onToggle={place}>
        <ul>
          {(['now', 'taken', 'other-pass', 'skipped', 'not-reached'] as const).map((state) => (
            <li key={state}>
              <span className="stop" data-state={state} aria-hidden="true">
                <span className="stop-name">filter</span>
              </span>
              {{ now: text.now, taken: text.taken, 'other-pass': text.otherPass, skipped: text.skipped, 'not-reached': text.notReached }[state]}
            </li>
          ))}
          <li>
            <span className="legend-sign" aria-hidden="true">
              ✕
            </span>
            {text.ends}
          </li>
          <li>
            <span className="legend-sign" aria-hidden="true">
              ⤳
            </span>
            {text.made}
          </li>
          <li>
            <span className="legend-sign" aria-hidden="true">
              ?
            </span>
            {text.doubtful}
          </li>
        </ul>
        <p>{text.priority}</p>
        <p>{text.decision}</p>
        <p>{text.keys}</p>
        <p>
          <strong>{words.path.notModelled}</strong> <a href={MODELLED_FILES[language]}>{text.modelled}</a>
        </p>
      </div>
    </>
  );
}
