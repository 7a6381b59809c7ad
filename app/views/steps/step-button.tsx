/** A button of the timeline: an action with its icon, its name and its keys. */

import type { Action } from '../../actions/action.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import './step-button.css';

export function StepButton({ action, icon, off, text }: { action: Action; icon: IconName; off: boolean; text?: string | undefined }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const available = useView(action.available);
  const label = action.label(words);
  // aria-disabled, not disabled: the button keeps the focus at the ends of the trace.
  return (
    <button
      type="button"
      className="step-button"
      aria-label={label}
      title={`${label} (${action.keys.map(keyName).join(', ')})`}
      aria-disabled={!available || off}
      onClick={() => available && !off && action.perform(app)}
    >
      <Icon name={icon} />
      {text && <span>{text}</span>}
    </button>
  );
}

export function keyName(key: string): string {
  return key
    .replace(/^ $/, 'Space')
    .replace('Arrow', '')
    .replace('Left', '←')
    .replace('Right', '→')
    .replace('Mod', 'Ctrl')
    .replace(/\+[a-z]$/, (letter) => letter.toUpperCase());
}
