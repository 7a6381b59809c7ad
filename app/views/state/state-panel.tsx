/** Mark, packet, conntrack, route and sets around a step: what it changed, and which step wrote each value last. */

import { Fragment, memo } from 'react';
import { isChange } from '../../store/cursor.ts';
import { stateAt, type StateAt } from '../../store/state-fields.ts';
import type { State, StepView, TraceView } from '../../store/state.ts';
import { wordsOf } from '../../text/words.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { currentOf, useApp, useView, useWords } from '../page/app-context.ts';
import { Written } from '../page/written.tsx';
import { MarkNow } from '../why/mark-bits.tsx';
import { CausedPackets, IpvsConnections } from './connections.tsx';
import { Fields, Value } from './fields.tsx';
import { Sets } from './sets.tsx';

export function StatePanel(): React.ReactNode {
  const words = useWords();
  const shown = useView((state) => currentOf(state).step !== null);
  const text = words.state;
  return (
    <section className="state" id="region-state" aria-labelledby="state-title">
      <div className="panel-head">
        <h2 id="state-title" className="panel-title">
          {words.regions.state}
        </h2>
        {shown && (
          <>
            <span className="muted state-step">
              <Written as="span" className="state-step-text" text={stepText} />
            </span>
            <MomentSwitch />
          </>
        )}
      </div>
      <div className="panel-frame">
        <ScrollBox className="panel-body" aria-labelledby="state-title">
          {shown ? (
            <Sections />
          ) : (
            [text.mark, text.packet, text.conntrack, text.route, text.sets].map((title) => (
              <Fragment key={title}>
                <h3>{title}</h3>
                <p className="muted">{text.none}</p>
              </Fragment>
            ))
          )}
        </ScrollBox>
      </div>
    </section>
  );
}

const MomentSwitch = memo((): React.ReactNode => {
  const text = useWords().state;
  const app = useApp();
  const moment = useView((state) => state.selection.moment);
  return (
    <Switch
      label={text.moment}
      choices={[
        { id: 'before', label: text.before },
        { id: 'after', label: text.after },
      ]}
      chosen={moment}
      choose={(id) => app.select({ moment: id })}
    />
  );
});

function stepText(state: State): string {
  const { trace, step } = currentOf(state);
  if (!trace || !step) return '';
  const text = wordsOf(state.settings.language).state;
  return changesNothing(trace, step) ? text.unchangedAt({ step: step.index + 1 }) : text.title({ step: step.index + 1 });
}

/** What becomes of an entry of conntrack may be in no field: it is confirmed, it is removed. */
function changesNothing(trace: TraceView, step: StepView): boolean {
  const elsewhere = step.kind === 'rule' ? step.sets?.length : step.kind === 'conntrack' && isChange(step);
  return stateAt(trace, step.index).unchanged && !elsewhere;
}

/** The fields around the step that is shown: the same object as long as no step changes any. */
function fieldsOf(state: State): StateAt | null {
  const { trace, step } = currentOf(state);
  return trace && step && stateAt(trace, step.index);
}

function Sections(): React.ReactNode {
  const words = useWords();
  const moment = useView((state) => state.selection.moment);
  const trace = useView((state) => currentOf(state).trace);
  const fields = useView(fieldsOf);
  const text = words.state;
  const mark = fields?.mark[0];
  if (!trace || !fields) return null;
  const [before, after] = [Number(mark?.before ?? 0), Number(mark?.after ?? 0)];
  return (
    <>
      <h3>{text.mark}</h3>
      <MarkNow before={before} after={moment === 'after' ? after : before} />
      <p className="mono state-mark">{mark && <Value {...mark} moment={moment} />}</p>
      <h3>{text.packet}</h3>
      <Fields fields={fields.packet} />
      <h3>{text.conntrack}</h3>
      <Fields fields={fields.conntrack} />
      <h3>{text.route}</h3>
      <Fields fields={fields.route} />
      <OfTheWay trace={trace} />
    </>
  );
}

/** What is told of the whole way: of the step only which of it has come about. */
const OfTheWay = memo(({ trace }: { trace: TraceView }): React.ReactNode => {
  const words = useWords();
  const text = words.state;
  return (
    <>
      <h3>{text.sets}</h3>
      <Sets trace={trace} />
      {trace.ipvs && (
        <>
          <h3>{text.ipvs}</h3>
          <IpvsConnections trace={trace} />
        </>
      )}
      {trace.emitted.length > 0 && (
        <>
          <h3>{text.emitted}</h3>
          <CausedPackets trace={trace} />
        </>
      )}
      {trace.notes.length > 0 && (
        <>
          <h3>{text.notes}</h3>
          <ul className="sets">
            {[...new Set(trace.notes)].map((note) => (
              <li key={note}>{words.engine({ text: note })}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
});
