/** The way over the hooks: a fixed map where there is room, else a strip or a rail of the stages that were met. */

import { useMemo } from 'react';
import { waysOf } from '../../layout/path-map.ts';
import { extrasOf, pathOf } from '../../store/path.ts';
import { useCurrent, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { HookMap } from './map.tsx';
import { Strip } from './strip.tsx';
import './path.css';

export function Path({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const { trace, index } = useCurrent();
  const node = useView((state) => state.answer.node);
  const facts = useMemo(() => pathOf(trace, node, index, waysOf(extrasOf(trace, node))), [trace, node, index]);
  return (
    <section className="path" id="region-path" aria-labelledby="path-title" data-frame={frame}>
      <h2 id="path-title" className="sr-only">
        {words.regions.path}
      </h2>
      {frame === 'desktop' ? <HookMap facts={facts} trace={trace} /> : <Strip facts={facts} trace={trace} rail={frame === 'phone'} />}
    </section>
  );
}
