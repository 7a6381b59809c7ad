/** Packet, mark, conntrack, route and sets around a step. Fields that the step changed show both values. */

import type { PacketState, StepView, TraceView } from '../../store/state.ts';
import { hex } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { sentenceOf } from '../steps/sentence.ts';
import { MarkNow } from '../why/mark-bits.tsx';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import './state.css';

type FieldName = keyof Words['state']['fields'];
type FieldList = readonly (readonly [FieldName, string])[];

export function StatePanel(): React.ReactNode {
  const words = useWords();
  const { trace, step } = useCurrent();
  const before = trace && step ? trace.states[step.before] : undefined;
  const after = trace && step ? trace.states[step.after] : undefined;
  return (
    <section className="state" id="region-state" aria-labelledby="state-title">
      <div className="panel-head">
        <h2 id="state-title" className="panel-title">
          {words.regions.state}
        </h2>
        {step && <span className="muted">{before === after ? words.state.unchangedAt({ step: step.index + 1 }) : words.state.title({ step: step.index + 1 })}</span>}
      </div>
      <ScrollBox className="panel-body" aria-labelledby="state-title">
        {trace && step && before && after ? <Sections trace={trace} step={step} before={before} after={after} /> : <p className="muted">{words.state.none}</p>}
      </ScrollBox>
    </section>
  );
}

function Sections({ trace, step, before, after }: { trace: TraceView; step: StepView; before: PacketState; after: PacketState }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const text = words.state;
  const written = trace.steps.findLast((one) => one.index <= step.index && one.kind === 'rule' && one.effects.some(({ field, from, to }) => field === 'mark' && from !== to));
  const route = trace.steps.findLast((one) => one.index <= step.index && one.kind === 'route');
  return (
    <>
      <h3>{text.mark}</h3>
      <MarkNow before={before.mark} after={after.mark} />
      <p className="small state-written">
        {written && (
          <button type="button" className="link" onClick={() => app.goTo(written.index)}>
            {text.lastWritten({ step: written.index + 1 })}
          </button>
        )}
        {before.mark !== after.mark && <Value before={hex(before.mark)} after={hex(after.mark)} words={words} />}
      </p>
      <h3>{text.packet}</h3>
      <Fields before={packetFields(before, words)} after={packetFields(after, words)} />
      <h3>{text.conntrack}</h3>
      <Fields before={conntrackFields(before, words)} after={conntrackFields(after, words)} />
      <h3>{text.route}</h3>
      <p className="small state-route">{route ? sentenceOf(route, words) : text.noRoute}</p>
      <h3>{text.sets}</h3>
      <Sets />
      {trace.notes.length > 0 && (
        <>
          <h3>{text.notes}</h3>
          <ul className="sets" lang="en">
            {[...new Set(trace.notes)].map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function packetFields(state: PacketState, words: Words): FieldList {
  const { none } = words.state;
  const number = (value: number | null): string => (value === null ? none : String(value));
  const ports: FieldList =
    state.sport === null
      ? []
      : [
          ['sport', number(state.sport)],
          ['dport', number(state.dport)],
        ];
  const flags: FieldList = state.flags === null ? [] : [['flags', state.flags.length > 0 ? state.flags.join(' ') : none]];
  const icmp: FieldList = state.icmp === null ? [] : [['icmp', `${state.icmp.type}/${state.icmp.code} id ${state.icmp.id}`]];
  return [
    ['in', state.in ?? none],
    ['out', state.out ?? none],
    ['src', state.src],
    ['dst', state.dst],
    ['proto', state.proto],
    ...ports,
    ...flags,
    ...icmp,
    ['ttl', number(state.ttl)],
    ['tos', hex(state.tos)],
    ['length', number(state.length)],
  ];
}

/** Always the same lines, so that nothing below them moves when the look-up fills them. */
function conntrackFields({ conntrack }: PacketState, words: Words): FieldList {
  const { none, notYet, noEntry } = words.state;
  return [
    ['ctstate', conntrack.ctstate ?? notYet],
    ['direction', conntrack.direction ?? none],
    ['ctmark', hex(conntrack.mark)],
    ['status', conntrack.status.length > 0 ? conntrack.status.join(' ') : none],
    ['original', conntrack.original ?? noEntry],
    ['reply', conntrack.reply ?? noEntry],
  ];
}

function Fields({ before, after }: { before: FieldList; after: FieldList }): React.ReactNode {
  const words = useWords();
  const was = new Map(before);
  return (
    <dl className="state-fields">
      {after.map(([name, value]) => (
        <div key={name} data-field={name}>
          <dt>{words.state.fields[name]}</dt>
          <dd className="mono">
            <Value before={was.get(name) ?? words.state.none} after={value} words={words} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ before, after, words }: { before: string; after: string; words: Words }): React.ReactNode {
  if (before === after) return <span className="mono">{after}</span>;
  return (
    <span className="mono changed" title={words.state.changed}>
      <del>{before}</del> <ins>{after}</ins>
    </span>
  );
}

/** At most this many sets are listed; the rest are counted. */
const MOST_SETS = 60;

function Sets(): React.ReactNode {
  const words = useWords();
  const sets = useView((state) => state.answer.node?.sets);
  if (sets === null) return <p className="small">{words.state.setsUnknown}</p>;
  if (!sets || sets.length === 0) return <p className="small">{words.state.noSets}</p>;
  return (
    <ul className="sets">
      {sets.slice(0, MOST_SETS).map((set) => (
        <li key={set.name}>
          <span className="mono">{set.name}</span>{' '}
          <span className="muted">
            {set.type}, {words.state.setCount({ count: set.entries })}
          </span>
        </li>
      ))}
      {sets.length > MOST_SETS && <li className="muted">{words.state.moreSets({ count: sets.length - MOST_SETS })}</li>}
    </ul>
  );
}
