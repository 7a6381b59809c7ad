/** The list of keys, made from the actions themselves. Single characters can be switched off or changed. */

import { useState } from 'react';
import { ACTIONS } from '../../actions/index.ts';
import type { Action } from '../../actions/action.ts';
import { isSingle, keysOf, withOwnKey } from '../../actions/key-press.ts';
import { finderWords } from '../../text/finder.ts';
import { MODELLED_FILES } from '../../text/modelled-files.ts';
import { Overlay } from '../../widgets/overlay.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { keyName } from '../steps/step-button.tsx';
import './keys.css';

export default function KeysDialog(): React.ReactNode {
  const app = useApp();
  const pageWords = useWords();
  const language = useView((state) => state.settings.language);
  const { keys: words, close: closeText } = finderWords(language);
  const singleKeys = useView((state) => state.settings.singleKeys);
  const ownKeys = useView((state) => state.settings.ownKeys);
  const [asking, setAsking] = useState<Action | null>(null);
  const [said, setSaid] = useState('');
  const close = (): void => app.select({ overlay: null });
  const shown = ACTIONS.filter((action) => action.keys.length > 0 || ownKeys[action.name] !== undefined);

  function take(event: React.KeyboardEvent, action: Action): void {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' || event.key === 'Tab') {
      if (event.key === 'Escape') event.preventDefault();
      event.stopPropagation();
      setAsking(null);
      return;
    }
    const key = event.key === 'Backspace' || event.key === 'Delete' ? '' : event.key;
    if (key !== '' && (!isSingle(key) || key === ' ')) return;
    event.preventDefault();
    const { ownKeys: next, from } = withOwnKey(ownKeys, action, key, ACTIONS);
    app.set({ ownKeys: next });
    setSaid(from ? words.taken({ key, action: action.label(pageWords) }) : '');
    setAsking(null);
  }

  return (
    <Overlay label={words.title} modal className="keys" close={close}>
      <div className="keys-body">
        <h2>{words.title}</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.key}</th>
              <th scope="col">{words.does}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((action) => (
              <tr key={action.name}>
                <td>
                  <Keys action={action} asking={asking === action} ask={() => setAsking(action)} take={take} leave={() => setAsking((now) => (now === action ? null : now))} />
                </td>
                <td>{action.label(pageWords)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p role="status">{said}</p>
        <p className="muted">{words.ignored}</p>
        <label className="keys-single">
          <input type="checkbox" checked={singleKeys} onChange={(event) => app.set({ singleKeys: event.target.checked })} />
          {words.singleKeys}
        </label>
        <p>
          <a href={MODELLED_FILES[language]}>{words.modelled}</a>
        </p>
        <div className="keys-buttons">
          <button type="button" className="button" disabled={Object.keys(ownKeys).length === 0} onClick={() => app.set({ ownKeys: {} })}>
            {words.reset}
          </button>
          <button type="button" className="button" onClick={close}>
            {closeText}
          </button>
        </div>
      </div>
    </Overlay>
  );
}

function Keys({
  action,
  asking,
  ask,
  take,
  leave,
}: {
  action: Action;
  asking: boolean;
  ask: () => void;
  take: (event: React.KeyboardEvent, action: Action) => void;
  leave: () => void;
}): React.ReactNode {
  const words = useWords();
  const language = useView((state) => state.settings.language);
  const singleKeys = useView((state) => state.settings.singleKeys);
  const ownKeys = useView((state) => state.settings.ownKeys);
  const { keys: text } = finderWords(language);
  const keys = keysOf(action, { ownKeys });
  const single = keys.find(isSingle) ?? '';
  const changeable = single !== '' || ownKeys[action.name] !== undefined;
  return (
    <>
      {keys
        .filter((key) => !isSingle(key))
        .map((key) => (
          <kbd key={key}>{keyName(key)}</kbd>
        ))}
      {changeable && (
        <button type="button" className="keys-change" data-asking={asking} disabled={!singleKeys} onClick={ask} onKeyDown={(event) => asking && take(event, action)} onBlur={leave}>
          {asking ? <span className="small">{text.press}</span> : single === '' ? <span className="small muted">{text.none}</span> : <kbd>{keyName(single)}</kbd>}
          <span className="sr-only"> {text.change({ action: action.label(words) })}</span>
        </button>
      )}
    </>
  );
}
