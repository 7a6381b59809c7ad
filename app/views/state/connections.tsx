/** What only some packets have: connections of IPVS, and packets that this one caused. */

import { ipvsConnectionsOf } from '../../store/state-fields.ts';
import type { TraceView } from '../../store/state.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { causedText } from '../path/words.ts';

export function IpvsConnections({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { index } = useCurrent();
  const moment = useView((state) => state.selection.moment);
  const connections = ipvsConnectionsOf(trace);
  if (connections.length === 0) return <p className="small">{words.state.noConnections}</p>;
  return (
    <ul className="sets">
      {connections.map(({ connection, made }) => {
        const there = made === null || (moment === 'after' ? made <= index : made < index);
        return (
          <li key={`${connection.proto} ${connection.client} ${connection.virtual}`} data-done={there} data-now={made === index}>
            <span className="mono">{words.state.connection(connection)}</span>{' '}
            <span className="muted">
              {connection.method}, {connection.state}, {words.state.seconds({ seconds: connection.timeout })}
            </span>{' '}
            {made !== null && (
              <button type="button" className="link" onClick={() => app.goTo(made)}>
                {there ? words.state.atStep({ step: made + 1 }) : words.state.toCome({ step: made + 1 })}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

export function CausedPackets({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const caused = useView((state) => state.selection.caused);
  return (
    <ul className="sets">
      {trace.emitted.map((made, place) => (
        // Two copies of a packet may be alike: their place tells them apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: their order is their identity
        <li key={place}>
          <button type="button" className="link" onClick={() => app.follow([...caused, place])}>
            {causedText(made, words)}
          </button>{' '}
          <button type="button" className="link" onClick={() => app.goTo(made.parent)}>
            {words.state.atStep({ step: made.parent + 1 })}
          </button>
        </li>
      ))}
    </ul>
  );
}
