/** The list of keys, made from the actions themselves. */

import { useEffect, useRef } from 'react';
import { ACTIONS } from '../../actions/index.ts';
import { keyName } from '../steps/steps.tsx';
import { useApp, useView, useWords } from './app-context.ts';

export function KeysDialog(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const shown = useView((state) => state.selection.keysShown);
  const singleKeys = useView((state) => state.settings.singleKeys);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (shown && !element.open) element.showModal();
    if (!shown && element.open) element.close();
  }, [shown]);
  return (
    <dialog ref={dialog} className="keys" aria-labelledby="keys-title" onClose={() => app.select({ keysShown: false })}>
      <h2 id="keys-title">{words.keys.title}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.keys.key}</th>
            <th scope="col">{words.keys.does}</th>
          </tr>
        </thead>
        <tbody>
          {ACTIONS.filter((action) => action.keys.length > 0).map((action) => (
            <tr key={action.name}>
              <td>
                {action.keys.map((key) => (
                  <kbd key={key}>{keyName(key)}</kbd>
                ))}
              </td>
              <td>{action.label(words)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted">{words.keys.ignored}</p>
      <label className="keys-single">
        <input type="checkbox" checked={singleKeys} onChange={(event) => app.set({ singleKeys: event.target.checked })} />
        {words.keys.singleKeys}
      </label>
      <button type="button" className="button" onClick={() => app.select({ keysShown: false })}>
        {words.bar.close}
      </button>
    </dialog>
  );
}
