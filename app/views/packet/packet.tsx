/** The packet builder: the packets in the order they meet the node, and the fields of the chosen one, as typed. */

import { shownTrace } from '../../store/caused.ts';
import { draftOf, hasPorts } from '../../store/draft.ts';
import type { CausedView } from '../../store/state.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { PacketBody } from '../page/rest-parts.tsx';

export function PacketBuilder({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const draft = useView((state) => state.document.packets[state.selection.packet] ?? state.document.packets[0]);
  const editing = useView((state) => state.selection.editing);
  const trace = useView(shownTrace);
  const caused = trace && 'cause' in trace ? (trace as CausedView) : null;
  if (!draft) return null;
  const summary = caused ? draftOf(caused.packet).fields : draft.fields;
  return (
    <section className="packet" aria-labelledby="packet-title" data-frame={frame} data-floor={frame === 'phone'}>
      <h2 id="packet-title" className={frame === 'desktop' ? 'panel-title' : 'sr-only'}>
        {words.regions.packet}
      </h2>
      {frame === 'phone' && (
        <div className="packet-summary">
          <span className="mono">
            {words.packet.summary({
              src: summary.src || words.packet.fromNode,
              dst: summary.dst,
              proto: hasPorts(summary.proto) ? `${summary.proto} ${summary.dport}` : summary.proto,
            })}
          </span>
          <button type="button" className="button" aria-expanded={editing} onClick={() => app.select({ editing: !editing })}>
            {editing ? words.packet.hide : caused ? words.packet.show : words.packet.edit}
          </button>
        </div>
      )}
      {(frame !== 'phone' || editing) && <PacketBody frame={frame} />}
    </section>
  );
}
