/** A button with an icon: an action with its name and its keys. */

import { memo } from 'react';
import type { Action } from '../../actions/action.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import './step-button.css';

interface StepButtonProps {
  readonly action: Action;
  readonly icon: IconName;
  /** At an end. */
  readonly off?: boolean;
  readonly text?: string;
  readonly className?: string;
}

export const StepButton = memo(({ action, icon, off = false, text, className = 'step-button' }: StepButtonProps): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const available = useView(action.available);
  const label = action.label(words);
  // aria-disabled, not disabled: the button keeps the focus at the ends.
  return (
    <button
      type="button"
      className={className}
      aria-label={label}
      title={`${label} (${action.keys.map(keyName).join(', ')})`}
      aria-disabled={!available || off}
      onClick={() => available && !off && action.perform(app)}
    >
      <Icon name={icon} />
      {text && <span>{text}</span>}
    </button>
  );
});

export function keyName(key: string): string {
  return key
    .replace(/^ $/, 'Space')
    .replace('Arrow', '')
    .replace('Left', '←')
    .replace('Right', '→')
    .replace('Mod', 'Ctrl')
    .replace(/\+[a-z]$/, (letter) => letter.toUpperCase());
}
