/** Where a verdict hangs on what the files do not say: the place that says so offers to add it. */

import { useState } from 'react';
import { addDefaultRoute, addEmptySet, addSets } from '../../actions/add-missing.ts';
import { shownTrace } from '../../store/caused.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import './way-out.css';

/** More links than these nobody chooses from. */
const MOST_LINKS = 4;

/** A set that rules ask for: as empty, or as `ipset save` prints it. */
export function MissingSet({ name }: { name: string }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const family = useView((state) => shownTrace(state)?.steps[0]?.family ?? 'ipv4');
  const [text, setText] = useState('');
  const said = words.missing;
  return (
    <section className="way-out" aria-label={said.set({ name })}>
      <p>{said.set({ name })}</p>
      <button type="button" className="button" onClick={(event) => done(event.currentTarget, () => addEmptySet(app, name, family))}>
        {said.addEmpty({ name })}
      </button>
      <details>
        <summary>{said.paste}</summary>
        <textarea
          className="mono"
          rows={4}
          aria-label={said.pasted({ name })}
          placeholder={`create ${name} hash:net family ${family === 'ipv6' ? 'inet6' : 'inet'}\nadd ${name} ${family === 'ipv6' ? 'fd00::/64' : '10.0.0.0/24'}`}
          value={text}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          wrap="off"
          onChange={(event) => setText(event.target.value)}
        />
        <button type="button" className="button" disabled={text.trim() === ''} onClick={(event) => done(event.currentTarget, () => addSets(app, text))}>
          {said.addPasted}
        </button>
      </details>
    </section>
  );
}

/** No route leads to where the packet wants to go: one to everywhere, by one of the links. */
export function MissingRoute({ family }: { family: 'ipv4' | 'ipv6' }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const links = useView((state) => state.answer.node?.interfaces);
  const from = useView((state) => shownTrace(state)?.packet.in);
  const others = (links ?? []).filter(({ name }) => name !== 'lo' && name !== from);
  if (others.length === 0) return null;
  return (
    <section className="way-out" aria-label={words.missing.route}>
      <p>{words.missing.route}</p>
      {others.slice(0, MOST_LINKS).map(({ name }) => (
        <button key={name} type="button" className="button" onClick={(event) => done(event.currentTarget, () => addDefaultRoute(app, name, family))}>
          {words.missing.addRoute({ dev: name })}
        </button>
      ))}
    </section>
  );
}

/** What was missing is there, and its button gone: the focus stays in the panel. */
function done(button: HTMLElement, add: () => void): void {
  const panel = button.closest<HTMLElement>('.panel-body, .set-entries')?.closest<HTMLElement>('section:not(.way-out)');
  add();
  (panel?.querySelector<HTMLElement>('.panel-body[tabindex="0"]') ?? panel?.querySelector<HTMLElement>('button'))?.focus({ preventScroll: true });
}
