/**
 * How packets belong together: which connection each one is of, in which direction, and whether the nat tables were
 * asked. They see the first packet of a connection and no other: that is what later packets are told apart by.
 */

import type { TraceView } from '../worker/messages.ts';

export interface PacketRole {
  /** As conntrack sees it; null where it does not track the packet. */
  readonly direction: 'original' | 'reply' | null;
  /** `NEW`, `ESTABLISHED`…; null where it was not looked up. */
  readonly ctstate: string | null;
  /** The earlier packet, from 0, that opened its connection; null: it opened one itself, or none did. */
  readonly opener: number | null;
  /** It came to hooks whose nat tables the opener was asked by, and was asked by none. */
  readonly skipsNat: boolean;
}

export function rolesOf(traces: readonly TraceView[]): readonly PacketRole[] {
  const roles: PacketRole[] = [];
  traces.forEach((trace, at) => {
    const seen = trace.states.map(({ conntrack }) => conntrack).findLast(({ original }) => original !== null);
    const tuple = connectionKey(trace);
    const opener = tuple === null ? -1 : traces.findIndex((one) => connectionKey(one) === tuple);
    const isLater = opener >= 0 && opener < at;
    roles.push({
      direction: seen?.direction ?? null,
      ctstate: stateOf(trace),
      opener: isLater ? opener : null,
      skipsNat: isLater && !asksNat(trace) && asksNat(traces[opener] as TraceView),
    });
  });
  return roles;
}

/** What the look-up said; before it every packet reads INVALID. Without one: what a rule made of it, UNTRACKED say; null where nobody asks for connections. */
function stateOf({ steps, states }: TraceView): string | null {
  for (const step of steps) if (step.kind === 'conntrack') return step.state;
  const last = states.at(-1)?.conntrack;
  return last === undefined || (last.ctstate === 'INVALID' && last.original === null) ? null : last.ctstate;
}

/** Protocol and original direction, where conntrack knows the packet. */
function connectionKey({ states }: TraceView): string | null {
  const state = states.findLast(({ conntrack }) => conntrack.original !== null);
  return state ? `${state.proto} ${state.conntrack.original}` : null;
}

function asksNat({ steps }: TraceView): boolean {
  return steps.some((step) => 'chain' in step && /(^|:)nat$/.test(step.table));
}
