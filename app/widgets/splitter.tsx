/**
 * The line between two panels, which can be moved: dragged, by arrow keys, or by the two buttons on it (WAI-ARIA's window splitter;
 * WCAG 2.5.7 asks for the buttons). A double click, or Enter, puts it back where it was at first.
 */

import { useRef } from 'react';

/** How far one press moves it, in percent. */
const PRESS = 4;

interface SplitterWords {
  readonly label: string;
  /** The button that gives the panel before it room, and the one that takes it. */
  readonly grow: string;
  readonly shrink: string;
}

interface Props {
  readonly words: SplitterWords;
  /** `rows`: the panels stand one over the other. */
  readonly between: 'rows' | 'columns';
  /** Percent of the room of both that the panel before it has. */
  readonly share: number;
  readonly least: number;
  readonly most: number;
  /** Id of the panel before it. */
  readonly controls: string;
  /** Null: as it was at first. */
  readonly move: (share: number | null) => void;
}

export function Splitter({ words, between, share, least, most, controls, move }: Props): React.ReactNode {
  const line = useRef<HTMLDivElement>(null);
  const to = (wanted: number): void => move(Math.round(Math.min(most, Math.max(least, wanted))));

  const drag = ({ clientX, clientY, currentTarget, pointerId }: React.PointerEvent): void => {
    if (!currentTarget.hasPointerCapture(pointerId)) return;
    // What both panels have: the box that holds them.
    const box = line.current?.closest(`[data-split~="${between}"]`)?.getBoundingClientRect();
    if (!box) return;
    to(between === 'rows' ? ((clientY - box.top) / box.height) * 100 : ((clientX - box.left) / box.width) * 100);
  };

  const press = (event: React.KeyboardEvent): void => {
    const keys: Readonly<Record<string, (() => void) | undefined>> = {
      [between === 'rows' ? 'ArrowUp' : 'ArrowLeft']: () => to(share - PRESS),
      [between === 'rows' ? 'ArrowDown' : 'ArrowRight']: () => to(share + PRESS),
      Home: () => to(least),
      End: () => to(most),
      Enter: () => move(null),
    };
    const act = event.shiftKey || event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    // The page's own arrows step.
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  return (
    <div className="splitter" data-between={between}>
      {/* biome-ignore lint/a11y/useSemanticElements: a line that can be moved is a control, and <hr> is none */}
      <div
        ref={line}
        className="splitter-line"
        role="separator"
        tabIndex={0}
        aria-label={words.label}
        aria-orientation={between === 'rows' ? 'horizontal' : 'vertical'}
        aria-controls={controls}
        aria-valuenow={share}
        aria-valuemin={least}
        aria-valuemax={most}
        onKeyDown={press}
        onDoubleClick={() => move(null)}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
      />
      {/* Their arrows are drawn by the styles: a page counts its elements. */}
      <button type="button" className="splitter-shrink" aria-label={words.shrink} title={words.shrink} disabled={share <= least} onClick={() => to(share - PRESS)} />
      <button type="button" className="splitter-grow" aria-label={words.grow} title={words.grow} disabled={share >= most} onClick={() => to(share + PRESS)} />
    </div>
  );
}
