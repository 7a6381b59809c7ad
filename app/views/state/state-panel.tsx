/** Mark, packet, conntrack, route and sets around a step: what it changed, and which step wrote each value last. */

import { memo } from 'react';
import { stateAt } from '../../store/state-fields.ts';
import type { StepView, TraceView } from '../../store/state.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { MarkNow } from '../why/mark-bits.tsx';
import { CausedPackets, IpvsConnections } from './connections.tsx';
import { Fields, Value } from './fields.tsx';
import { Sets } from './sets.tsx';
import './state.css';

export function StatePanel(): React.ReactNode {
  const words = useWords();
  const { trace, step } = useCurrent();
  const text = words.state;
  return (
    <section className="state" id="region-state" aria-labelledby="state-title">
      <div className="panel-head">
        <h2 id="state-title" className="panel-title">
          {words.regions.state}
        </h2>
        {trace && step && (
          <>
            <span className="muted state-step">{changesNothing(trace, step) ? text.unchangedAt({ step: step.index + 1 }) : text.title({ step: step.index + 1 })}</span>
            <MomentSwitch />
          </>
        )}
      </div>
      <ScrollBox className="panel-body" aria-labelledby="state-title">
        {trace && step ? <Sections trace={trace} step={step} /> : <p className="muted">{text.none}</p>}
      </ScrollBox>
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

function changesNothing(trace: TraceView, step: StepView): boolean {
  const { packet, mark, conntrack, route } = stateAt(trace, step.index);
  return [...packet, ...mark, ...conntrack, ...route].every(({ before, after }) => before === after) && !(step.kind === 'rule' && step.sets?.length);
}

function Sections({ trace, step }: { trace: TraceView; step: StepView }): React.ReactNode {
  const words = useWords();
  const moment = useView((state) => state.selection.moment);
  const text = words.state;
  const fields = stateAt(trace, step.index);
  const [before, after] = [trace.states[step.before]?.mark ?? 0, trace.states[step.after]?.mark ?? 0];
  const [mark] = fields.mark;
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
