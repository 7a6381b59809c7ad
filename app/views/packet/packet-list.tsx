/** The packets of the walk in their order, each with what became of it, and what tells a later one from the first. */

import { useLayoutEffect, useMemo, useRef } from 'react';
import { handshake, packetEarlier, packetLater, removePacket } from '../../actions/connection.ts';
import { sendAgain } from '../../actions/send-again.ts';
import { sendReply } from '../../actions/send-reply.ts';
import { endTwin, swapTwin } from '../../actions/swap-twin.ts';
import type { Action } from '../../actions/action.ts';
import { rolesOf, type PacketRole } from '../../store/connection.ts';
import { fateOf, type Fate } from '../../store/fate.ts';
import type { TraceView } from '../../store/state.ts';
import { isUnread } from '../../store/unread.ts';
import { endpoint } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { FATE_GLYPH, fateText } from '../verdict/fate-words.ts';

const ARROW = { original: '→', reply: '←', none: '→' } as const;

/** How far from the edge of its row a list begins to fade, in pixels: as its padding in packet-list.css. */
const FADING = 16;

export function PacketList(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const packets = useView((state) => state.document.packets);
  const chosen = useView((state) => state.selection.packet);
  const traces = useView((state) => state.answer.traces);
  const stale = useView((state) => state.answer.stale);
  const unread = useView(isUnread);
  const twin = useView((state) => state.document.twin?.shown ?? null);
  /** One that it caused is shown: pressed, the packet itself is again. */
  const away = useView((state) => state.selection.caused.length > 0);
  const roles = useMemo(() => rolesOf(traces), [traces]);
  const text = words.connection;
  const list = useRef<HTMLOListElement>(null);
  // Where the list scrolls in itself the chosen one is in view; never by scrollIntoView, which would move what is around it too.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a tab is wider once its packet was walked
  useLayoutEffect(() => {
    const box = list.current;
    const tab = box?.querySelector('[aria-current]')?.getBoundingClientRect();
    if (!box || !tab || box.scrollWidth <= box.clientWidth) return;
    const { left, right } = box.getBoundingClientRect();
    if (tab.left < left) box.scrollLeft -= left - tab.left;
    else if (tab.right > right - FADING) box.scrollLeft += tab.right - right + FADING;
  }, [chosen, packets.length, traces]);
  return (
    <div className="packets">
      <ol ref={list} aria-label={words.packet.connection} className="packet-list" data-stale={stale}>
        {packets.map(({ fields }, i) => {
          const trace = traces[i];
          const role = roles[i];
          const direction = role?.direction ?? 'none';
          const fate = trace ? fateOf(trace) : null;
          const said = fate ? fateText(fate, words).word : unread ? words.verdict.word.unknown : text.waiting;
          const kind = fate?.class ?? (unread ? 'unknown' : undefined);
          const src = fields.src || words.packet.fromNode;
          return (
            // The place in the connection is what a packet is called by.
            // biome-ignore lint/suspicious/noArrayIndexKey: packets have no other identity
            <li key={i}>
              <button
                type="button"
                className="packet-tab"
                aria-current={i === chosen ? 'true' : undefined}
                title={`${src} → ${fields.dst}`}
                onClick={() => (i === chosen && away ? app.follow([]) : app.select({ packet: i }))}
              >
                <span className="sr-only">{text.packet({ n: i + 1, src, dst: fields.dst, direction: text.directionsOf[direction] })} </span>
                <span className="packet-number" aria-hidden="true">
                  {i + 1}
                </span>
                <span aria-hidden="true">{ARROW[direction]}</span>
                <span className="packet-fate" data-class={kind}>
                  {kind && <span aria-hidden="true">{FATE_GLYPH[kind]} </span>}
                  {said}
                </span>
                {role?.skipsNat && <span className="packet-skips">{text.skips}</span>}
              </button>
            </li>
          );
        })}
      </ol>
      <div className="packet-actions">
        <ActionButton action={sendReply} label={words.packet.reply} />
        <ActionButton action={sendAgain} label={words.packet.again} />
        <ActionButton action={handshake} label={text.handshake} />
        {packets.length > 1 && (
          <span className="packet-order">
            <ActionButton action={packetEarlier} label={text.earlier({ n: chosen + 1 })} icon="up" />
            <ActionButton action={packetLater} label={text.later({ n: chosen + 1 })} icon="down" />
            <ActionButton action={removePacket} label={words.packet.remove({ n: chosen + 1 })} icon="remove" />
          </span>
        )}
        {twin !== null && (
          <fieldset className="packet-twins" aria-label={text.twin}>
            {(['A', 'B'] as const).map((side) => (
              <button key={side} type="button" className="button" aria-pressed={side === twin} onClick={() => side !== twin && swapTwin.perform(app)}>
                {side === 'A' ? text.twinA : text.twinB}
              </button>
            ))}
            <ActionButton action={endTwin} label={endTwin.label(words)} icon="remove" after={() => list.current?.querySelector<HTMLElement>('[aria-current]')?.focus()} />
          </fieldset>
        )}
      </div>
      {packets.length > 1 && (
        <p className="packet-difference" title={differenceText(roles, traces, chosen, words)}>
          {differenceText(roles, traces, chosen, words)}
        </p>
      )}
    </div>
  );
}

/** What tells the chosen packet from the others of its connection. */
function differenceText(roles: readonly PacketRole[], traces: readonly TraceView[], chosen: number, words: Words): string {
  const role = roles[chosen];
  const opener = role?.opener ?? null;
  const first = opener === null ? undefined : traces[opener];
  if (role?.skipsNat && first && opener !== null) return words.connection.skipsNat({ n: chosen + 1, opener: opener + 1, decision: decisionText(fateOf(first), words) });
  return role?.direction === 'original' && opener === null && roles.some((one) => one.opener === chosen && one.skipsNat) ? words.connection.opens({ n: chosen + 1 }) : '';
}

function decisionText(fate: Fate, words: Words): string {
  const text = words.connection.decision;
  const src = endpoint(fate.src ?? '', fate.sport);
  const dst = endpoint(fate.dst ?? '', fate.dport);
  if (fate.snat) return fate.dnat ? text.both({ src, dst }) : text.snated({ src });
  return fate.dnat ? text.dnated({ dst }) : text.none;
}

/** `after`: where the focus goes if the button goes with what it does. */
function ActionButton({ action, label, icon, after }: { action: Action; label: string; icon?: IconName; after?: () => void }): React.ReactNode {
  const app = useApp();
  const available = useView(action.available);
  const perform = (): void => {
    action.perform(app);
    after?.();
  };
  return (
    <button type="button" className="button" disabled={!available} aria-label={icon && label} title={icon && label} onClick={perform}>
      {icon ? <Icon name={icon} /> : label}
    </button>
  );
}
