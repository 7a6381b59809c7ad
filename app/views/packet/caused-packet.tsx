/**
 * While a packet that another one caused is shown, its fields stand where those of the other can be changed: to read, with
 * what it is, and the way back.
 */

import { draftOf, hasPorts, isIcmp, type DraftField } from '../../store/draft.ts';
import type { CausedView } from '../../store/state.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { causedText } from '../path/words.ts';

export function CausedPacket({ caused, frame }: { caused: CausedView; frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const path = useView((state) => state.selection.caused);
  const packet = useView((state) => state.selection.packet);
  const { fields } = draftOf(caused.packet);
  const { proto } = fields;
  const shown: readonly DraftField[] = [
    'in',
    'src',
    'dst',
    'proto',
    ...(hasPorts(proto) ? (['sport', 'dport'] as const) : []),
    ...(proto === 'tcp' ? (['flags'] as const) : []),
    ...(isIcmp(proto) ? (['icmpType', 'icmpCode'] as const) : []),
    'mark',
  ];
  return (
    <div className="caused-packet">
      <p className="caused-packet-head">
        <strong>{words.path.made.shown({ what: causedText(caused, words), n: packet + 1 })}</strong>
        <button type="button" className="button" onClick={() => app.follow(path.slice(0, -1))}>
          <span aria-hidden="true">↰ </span>
          {path.length > 1 ? words.path.made.backToCause : words.path.made.back({ n: packet + 1 })}
        </button>
      </p>
      <dl className="fields">
        {shown.map((field) => (
          <div key={field} className="field" data-field={field}>
            <dt className="field-label">{words.packet.fields[field]}</dt>
            <dd className="mono">{field === 'in' ? fields.in || words.packet.fromNode : fields[field] || words.state.none}</dd>
          </div>
        ))}
      </dl>
      <p className={frame === 'laptop' || frame === 'tablet' ? 'sr-only' : 'muted small'}>{words.packet.causedRead}</p>
    </div>
  );
}
