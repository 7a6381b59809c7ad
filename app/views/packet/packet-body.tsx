/** The packets and the fields of the chosen one, each with what can be chosen for it. */

import { memo, useDeferredValue, useMemo } from 'react';
import { bringTo, statesFor, type ChosenState } from '../../actions/connection.ts';
import { shownTrace } from '../../store/caused.ts';
import { rolesOf } from '../../store/connection.ts';
import { hasPorts, isIcmp, packetOf, PROTOCOL_CHOICES, type DraftFailure, type DraftField, type PacketDraft } from '../../store/draft.ts';
import { interfaceSuggestions, suggestionsFor, type SuggestedField, type Suggestion, type SuggestionSources } from '../../store/suggestions.ts';
import type { CausedView, State } from '../../store/state.ts';
import { markHint } from '../../text/mark-hint.ts';
import type { Words } from '../../text/words.ts';
import { Combobox } from '../../widgets/combobox.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { CausedPacket } from './caused-packet.tsx';
import { PacketList } from './packet-list.tsx';

const MAIN: readonly DraftField[] = ['src', 'dst', 'proto', 'sport', 'dport', 'flags', 'icmpType', 'icmpCode', 'mark'];
const MORE: readonly DraftField[] = ['ttl', 'tos', 'payload', 'at'];
/** What a TCP packet of a connection usually carries. */
const USUAL_FLAGS: readonly string[] = ['SYN', 'SYN ACK', 'ACK', 'PSH ACK', 'FIN ACK', 'RST', 'RST ACK', 'NONE'];

export function PacketBody({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const packets = useView((state) => state.document.packets);
  const chosen = useView((state) => state.selection.packet);
  const trace = useView(shownTrace);
  const caused = trace && 'cause' in trace ? (trace as CausedView) : null;
  const draft = packets[chosen] ?? packets[0];
  const language = useView((state) => state.settings.language);
  const failures = useMemo(() => (draft ? packetOf(draft).failures : {}), [draft]);
  if (!draft) return null;
  const { fields } = draft;
  const applies = (field: DraftField): boolean => {
    if (field === 'sport' || field === 'dport') return hasPorts(fields.proto);
    if (field === 'flags') return fields.proto === 'tcp';
    if (field === 'icmpType' || field === 'icmpCode') return isIcmp(fields.proto);
    return true;
  };
  const field = (name: DraftField): React.ReactNode => (
    <Field key={name} name={name} text={fields[name]} failure={failures[name]} packet={chosen} hint={name === 'mark' ? markHint(language) : undefined} />
  );
  return (
    <div className="packet-body">
      <PacketList />
      {caused ? (
        <CausedPacket caused={caused} frame={frame} />
      ) : (
        <>
          <div className="fields">
            <From link={fields.in} packet={chosen} />
            {MAIN.filter(applies).map(field)}
            <CtState draft={draft} packet={chosen} />
          </div>
          <details className="more" onToggle={reveal}>
            <summary>{words.packet.more}</summary>
            <div className="fields">
              {MORE.map(field)}
              <Length packet={chosen} />
            </div>
          </details>
        </>
      )}
    </div>
  );
}

/** What was opened comes into view: it is the last of a panel that may end here. */
function reveal({ currentTarget: opened }: React.ToggleEvent<HTMLDetailsElement>): void {
  if (opened.open) opened.scrollIntoView({ block: 'nearest' });
}

/** Where the packet comes from: a link of the node, or a process on it. */
const From = memo(({ link, packet }: { link: string; packet: number }): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const node = useView((state) => state.answer.node);
  const texts = useTexts();
  // Files may be megabytes: what they name is offered a moment after they are there.
  const later = useDeferredValue(texts);
  const links = useMemo(() => interfaceSuggestions(node, later), [node, later]);
  return (
    <div className="field" data-field="in">
      <label htmlFor="packet-in">{words.packet.fields.in}</label>
      <select id="packet-in" value={link} onChange={(event) => app.editField(packet, 'in', event.target.value)}>
        <optgroup label={words.connection.links}>
          {[...new Set([...links, ...(link === '' ? [] : [link])])].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </optgroup>
        <optgroup label={words.connection.process}>
          <option value="">{words.packet.fromNode}</option>
        </optgroup>
      </select>
    </div>
  );
});

/** What conntrack says of the packet; choosing another state changes the packets around it until it says so. */
function CtState({ draft, packet }: { draft: PacketDraft; packet: number }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const traces = useView((state) => state.answer.traces);
  const state = useMemo(() => rolesOf(traces)[packet]?.ctstate ?? '', [traces, packet]);
  const choices = statesFor(draft);
  const text = words.connection;
  return (
    <div className="field" data-field="ctstate">
      <label htmlFor="packet-ctstate">{text.ctstate}</label>
      <select id="packet-ctstate" value={state} title={text.ctstateHint} onChange={(event) => bringTo(app, event.target.value as ChosenState)}>
        {state === '' && <option value="">{traces[packet] ? text.ctstateNone : '–'}</option>}
        {[...new Set<string>([...choices, ...(state === '' ? [] : [state])])].map((one) => (
          <option key={one} disabled={!(choices as readonly string[]).includes(one)}>
            {one}
          </option>
        ))}
      </select>
    </div>
  );
}

function Length({ packet }: { packet: number }): React.ReactNode {
  const words = useWords();
  const bytes = useView((state) => state.answer.traces[packet]?.states[0]?.length);
  return <p className="muted small packet-length">{bytes === undefined ? '' : words.connection.length({ bytes })}</p>;
}

const NO_TEXTS: readonly string[] = [];

/** The node's texts: the files, or what was made of the cluster. */
function useTexts(): readonly string[] {
  const files = useView((state) => state.document.files);
  const made = useView((state) => (state.document.cluster ? (state.answer.made?.snapshot ?? '') : null));
  return useMemo(() => (made === null ? files.map(({ text }) => text) : made === '' ? NO_TEXTS : [made, ...files.slice(1).map(({ text }) => text)]), [files, made]);
}

function failureText(failure: DraftFailure, words: Words): string {
  const text = words.packet.failure;
  return failure.kind === 'number' ? text.number({ low: failure.low, high: failure.high > 65535 ? '0xffffffff' : String(failure.high) }) : text[failure.kind];
}

/** What a value is; of one in a set that is known, also what the set is for: its name is made for machines. */
function suggestionText({ what }: Suggestion, words: Words, { answer: { node }, settings: { language } }: State): string {
  const text = words.connection.suggested;
  switch (what.kind) {
    case 'scenario':
      return text.scenario;
    case 'cluster':
      return text.cluster;
    case 'set': {
      const purpose = node?.sets?.find(({ name }) => name === what.set)?.purpose?.purpose[language];
      return purpose === undefined ? text.set(what) : words.purpose.set({ set: text.set(what), purpose });
    }
    case 'behind':
      return text.behind(what);
    case 'rule':
      return text.rule(what);
    case 'interface':
      return text.interface(what);
    case 'service':
      return text.service(what);
  }
}

const SUGGESTED: readonly DraftField[] = ['src', 'dst', 'sport', 'dport', 'mark'];

function isSuggested(name: DraftField): name is SuggestedField {
  return SUGGESTED.includes(name);
}

interface FieldProps {
  readonly name: DraftField;
  readonly text: string;
  readonly failure: DraftFailure | undefined;
  readonly packet: number;
  /** What the value means. */
  readonly hint: string | undefined;
}

/** A key in one field draws that one again, and none of the others. */
const Field = memo(({ name, text, failure, packet, hint }: FieldProps): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const id = `packet-${name}`;
  const set = (value: string, chosen = false): void => app.editField(packet, name, value, !chosen);
  const defaults: Readonly<Partial<Record<DraftField, string>>> = words.packet.defaults;
  const described = [failure && `${id}-failure`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
  const texts = useTexts();
  const offered = (): { value: string; note: string }[] => {
    if (name === 'flags') return USUAL_FLAGS.map((value) => ({ value, note: '' }));
    if (!isSuggested(name)) return [];
    const state = app.store.getState();
    const { answer, document, scenario } = state;
    const sources: SuggestionSources = {
      texts,
      node: answer.node,
      example: document.example === null ? null : (scenario.opened[document.example] ?? null),
      cluster: document.cluster ? answer.cluster : null,
    };
    const other = document.packets[packet]?.fields[name === 'src' ? 'dst' : 'src'];
    return suggestionsFor(name, sources, other).map((one) => ({ value: one.value, note: suggestionText(one, words, state) }));
  };
  return (
    <div className="field" data-field={name} data-failed={failure !== undefined}>
      <label htmlFor={id} title={hint}>
        {words.packet.fields[name]}
      </label>
      {name === 'proto' ? (
        <select id={id} value={text} onChange={(event) => app.editField(packet, name, event.target.value)} aria-invalid={failure !== undefined} aria-describedby={described}>
          {[...new Set<string>([...PROTOCOL_CHOICES, text])].map((proto) => (
            <option key={proto}>{proto}</option>
          ))}
        </select>
      ) : isSuggested(name) || name === 'flags' ? (
        <Combobox
          id={id}
          value={text}
          change={set}
          choices={offered}
          listLabel={words.connection.suggest({ field: words.packet.fields[name] })}
          empty={words.connection.noSuggestions}
          placeholder={defaults[name]}
          inputMode={name === 'sport' || name === 'dport' ? 'numeric' : undefined}
          invalid={failure !== undefined}
          describedBy={described}
          hint={hint}
        />
      ) : (
        <input
          id={id}
          value={text}
          onChange={(event) => set(event.target.value)}
          placeholder={defaults[name]}
          inputMode={name === 'ttl' ? 'numeric' : undefined}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          aria-invalid={failure !== undefined}
          aria-describedby={described}
        />
      )}
      {hint && (
        <p hidden id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {failure && (
        <p className="failure" id={`${id}-failure`}>
          {failureText(failure, words)}
        </p>
      )}
    </div>
  );
});
