/**
 * The compact view: verdict with its causes, way, rules of the chain, reasons with the bits of the mark, and one row of
 * controls. Slots are fixed. It takes no wheel, no touch and no key before the reader has gone into it.
 */

import { useLayoutEffect, useMemo, useRef } from 'react';
import { waysOf } from '../layout/hooks.ts';
import { extrasOf, pathOf } from '../store/path.ts';
import type { App } from '../store/store.ts';
import { wordsOf } from '../text/words.ts';
import { AppProvider, useCurrent, useView, useWords } from '../views/page/app-context.ts';
import { useWidth } from '../views/page/frame.ts';
import { useLook } from '../views/page/look.ts';
import { Narration } from '../views/page/narration.tsx';

import { HookStrip } from '../views/path/strip.tsx';
import { Controls } from './controls.tsx';
import type { ScenarioData } from './data.ts';
import { WIDE } from './frame-size.ts';
import { Head } from './head.tsx';
import { useKeys, useManners } from './manners.ts';
import { Notice } from './notice.tsx';
import type { EmbedOptions } from './options.ts';
import { Panels } from './panels.tsx';
// In this order: what is of a figure comes after what is of the page.
import '../views/page/tokens.css';
import '../views/page/page.css';
import '../views/page/overlays.css';
import '../views/path/path.css';
import './embed.css';
import './still.css';
import './head.css';
import './way.css';
import './panels.css';
import './controls.css';
import '../views/page/forced-colors.css';

/** Both of them, in pixels: the height that the host was told is for the width with them. */
const BORDERS = 2;

interface EmbedProps {
  readonly app: App;
  readonly options: EmbedOptions;
  /** The scenario as it ships. */
  readonly scenario: () => ScenarioData | null;
  /** Called once, when the figure stands. */
  readonly onShown: () => void;
  readonly openFull: (link: string) => void;
}

export function Embed(props: EmbedProps): React.ReactNode {
  return (
    <AppProvider app={props.app}>
      <Figure {...props} />
    </AppProvider>
  );
}

function Figure({ options, scenario, onShown, openFull }: EmbedProps): React.ReactNode {
  const { panels, controls } = options;
  const box = useRef<HTMLElement>(null);
  const wide = useWidth(box, window.innerWidth - BORDERS) + BORDERS >= WIDE;
  const language = useView((state) => state.settings.language);
  const title = useView((state) => state.document.example && scenario()?.title[language]) || wordsOf(language).title;
  const filled = useView((state) => state.answer.traces.length > 0 || state.answer.status === 'failed');
  const shown = useRef(false);
  useLook(title);
  useKeys();
  useManners(box);
  useLayoutEffect(() => {
    if (!filled || shown.current) return;
    shown.current = true;
    onShown();
  }, [filled, onShown]);
  if (!filled) return null;
  const side = panels.includes('why') || panels.includes('bits');
  const tabbed = !wide && side && panels.includes('rules');
  return (
    <main className="embed" ref={box} data-wide={wide} data-bits={panels.includes('bits')}>
      <h1 className="sr-only">{title}</h1>
      <Head openFull={openFull} asks={panels.includes('why') && wide} />
      {panels.includes('path') && <Way />}
      {(panels.includes('rules') || side) && <Panels options={options} tabbed={tabbed} wide={wide} />}
      {controls !== 'none' && <Controls options={options} wide={wide} scenario={scenario} />}
      <Notice />
      <Narration />
    </main>
  );
}

function Way(): React.ReactNode {
  const words = useWords();
  const { trace, index } = useCurrent();
  const node = useView((state) => state.answer.node);
  const facts = useMemo(() => pathOf(trace, node, index, waysOf(extrasOf(trace, node))), [trace, node, index]);
  return (
    <section className="path" id="region-path" aria-labelledby="path-title" data-frame="tablet">
      <h2 id="path-title" className="sr-only">
        {words.regions.path}
      </h2>
      <HookStrip facts={facts} trace={trace} rail={false} />
    </section>
  );
}
