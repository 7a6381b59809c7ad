/** The packet builder: the packets in the order they meet the node, and the fields of the chosen one, as typed. */

import { useMemo } from 'react';
import { hasPorts, isIcmp, packetOf, PROTOCOL_CHOICES, TCP_FLAG_CHOICES, type DraftFailure, type DraftField } from '../../store/draft.ts';
import { addressSuggestions, interfaceSuggestions } from '../../store/suggestions.ts';
import { sendAgain } from '../../actions/send-again.ts';
import { sendReply } from '../../actions/send-reply.ts';
import type { Words } from '../../text/words.ts';
import { Icon } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import './packet.css';

const MAIN: readonly DraftField[] = ['in', 'src', 'dst', 'proto', 'sport', 'dport', 'flags', 'icmpType', 'icmpCode', 'mark'];
const MORE: readonly DraftField[] = ['ttl', 'tos', 'payload', 'at'];

export function PacketBuilder({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const packets = useView((state) => state.document.packets);
  const chosen = useView((state) => state.selection.packet);
  const editing = useView((state) => state.selection.editing);
  const draft = packets[chosen] ?? packets[0];
  const failures = useMemo(() => (draft ? packetOf(draft).failures : {}), [draft]);
  const node = useView((state) => state.answer.node);
  const example = useView((state) => (state.document.example === null ? null : (state.scenario.opened[state.document.example] ?? null)));
  const addresses = useMemo(() => addressSuggestions(node, example), [node, example]);
  const links = useMemo(() => interfaceSuggestions(node), [node]);
  const canReply = useView(sendReply.available);
  const canSendAgain = useView(sendAgain.available);
  if (!draft) return null;
  const { fields } = draft;
  const applies = (field: DraftField): boolean => {
    if (field === 'sport' || field === 'dport') return hasPorts(fields.proto);
    if (field === 'flags') return fields.proto === 'tcp';
    if (field === 'icmpType' || field === 'icmpCode') return isIcmp(fields.proto);
    return true;
  };
  const shown = frame !== 'phone' || editing;
  const field = (name: DraftField): React.ReactNode => <Field key={name} name={name} text={fields[name]} failure={failures[name]} links={links} packet={chosen} />;
  return (
    <section className="packet" aria-labelledby="packet-title" data-frame={frame}>
      <h2 id="packet-title" className={frame === 'desktop' ? 'panel-title' : 'sr-only'}>
        {words.regions.packet}
      </h2>
      {frame === 'phone' && (
        <div className="packet-summary">
          <span className="mono">
            {words.packet.summary({ src: fields.src || words.packet.fromNode, dst: fields.dst, proto: hasPorts(fields.proto) ? `${fields.proto} ${fields.dport}` : fields.proto })}
          </span>
          <button type="button" className="button" aria-expanded={editing} onClick={() => app.select({ editing: !editing })}>
            {editing ? words.packet.hide : words.packet.edit}
          </button>
        </div>
      )}
      {shown && (
        <div className="packet-body">
          <div className="packets">
            <ol aria-label={words.packet.connection}>
              {packets.map((one, i) => (
                // The place in the connection is what a packet is called by.
                // biome-ignore lint/suspicious/noArrayIndexKey: packets have no other identity
                <li key={i}>
                  <button
                    type="button"
                    className="packet-tab"
                    aria-current={i === chosen ? 'true' : undefined}
                    aria-label={words.packet.nth({ n: i + 1 })}
                    title={`${one.fields.src || words.packet.fromNode} → ${one.fields.dst}`}
                    onClick={() => app.select({ packet: i })}
                  >
                    {i + 1}
                  </button>
                </li>
              ))}
            </ol>
            <button type="button" className="button" disabled={!canReply} onClick={() => sendReply.perform(app)}>
              {words.packet.reply}
            </button>
            <button type="button" className="button" disabled={!canSendAgain} onClick={() => sendAgain.perform(app)}>
              {words.packet.again}
            </button>
            {packets.length > 1 && (
              <button
                type="button"
                className="button"
                onClick={() => app.removePacket(chosen)}
                aria-label={words.packet.remove({ n: chosen + 1 })}
                title={words.packet.remove({ n: chosen + 1 })}
              >
                <Icon name="remove" />
              </button>
            )}
          </div>
          <div className="fields">{MAIN.filter(applies).map(field)}</div>
          <details className="more">
            <summary>{words.packet.more}</summary>
            <div className="fields">{MORE.map(field)}</div>
          </details>
          <datalist id="addresses" aria-label={words.packet.suggestions}>
            {addresses.map((address) => (
              <option key={address} value={address} />
            ))}
          </datalist>
        </div>
      )}
    </section>
  );
}

function failureText(failure: DraftFailure, words: Words): string {
  const text = words.packet.failure;
  return failure.kind === 'number' ? text.number({ low: failure.low, high: failure.high > 65535 ? '0xffffffff' : String(failure.high) }) : text[failure.kind];
}

function Field({
  name,
  text,
  failure,
  links,
  packet,
}: {
  name: DraftField;
  text: string;
  failure: DraftFailure | undefined;
  links: readonly string[];
  packet: number;
}): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const id = `packet-${name}`;
  const set = (value: string): void => app.editField(packet, name, value);
  const defaults: Readonly<Partial<Record<DraftField, string>>> = words.packet.defaults;
  const described = failure ? `${id}-failure` : undefined;
  return (
    <div className="field" data-field={name} data-failed={failure !== undefined}>
      <label htmlFor={id}>{words.packet.fields[name]}</label>
      {name === 'in' ? (
        <select id={id} value={text} onChange={(event) => set(event.target.value)}>
          <option value="">{words.packet.fromNode}</option>
          {[...new Set([...links, ...(text === '' ? [] : [text])])].map((link) => (
            <option key={link}>{link}</option>
          ))}
        </select>
      ) : name === 'proto' ? (
        <select id={id} value={text} onChange={(event) => set(event.target.value)} aria-invalid={failure !== undefined}>
          {[...new Set<string>([...PROTOCOL_CHOICES, text])].map((proto) => (
            <option key={proto}>{proto}</option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          value={text}
          onChange={(event) => set(event.target.value)}
          placeholder={defaults[name]}
          list={name === 'src' || name === 'dst' ? 'addresses' : undefined}
          inputMode={name === 'sport' || name === 'dport' || name === 'ttl' ? 'numeric' : undefined}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          aria-invalid={failure !== undefined}
          aria-describedby={described}
          title={name === 'flags' ? TCP_FLAG_CHOICES.join(' ') : undefined}
        />
      )}
      {failure && (
        <p className="failure" id={described}>
          {failureText(failure, words)}
        </p>
      )}
    </div>
  );
}
