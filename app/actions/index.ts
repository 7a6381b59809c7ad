/** Every action, in the order in which help lists them, and which one a key means. */

import type { Action } from './action.ts';
import { byHook } from './by-hook.ts';
import { byRule } from './by-rule.ts';
import { copyLink } from './copy-link.ts';
import { editPacket } from './edit-packet.ts';
import { first } from './first.ts';
import { keys } from './keys.ts';
import { language } from './language.ts';
import { last } from './last.ts';
import { nextChange } from './next-change.ts';
import { next } from './next.ts';
import { openFiles } from './open-files.ts';
import { previousChange } from './previous-change.ts';
import { previous } from './previous.ts';
import { redo } from './redo.ts';
import { sendAgain } from './send-again.ts';
import { sendReply } from './send-reply.ts';
import { theme } from './theme.ts';
import { undo } from './undo.ts';

export const ACTIONS: readonly Action[] = [
  next,
  previous,
  nextChange,
  previousChange,
  first,
  last,
  byHook,
  byRule,
  editPacket,
  sendReply,
  sendAgain,
  undo,
  redo,
  openFiles,
  copyLink,
  language,
  theme,
  keys,
];

/** What is read of a keyboard event. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly keyCode: number;
}

/** The action a key press means, undefined for none. While text is composed (keyCode 229) keys mean nothing. */
export function actionForKey(press: KeyPress, singleKeys: boolean): Action | undefined {
  if (press.isComposing || press.keyCode === 229 || press.altKey) return undefined;
  const mod = press.ctrlKey || press.metaKey;
  const single = press.key.length === 1 && !mod;
  if (single && !singleKeys) return undefined;
  // Shift is part of a printed character such as `?`; for letters with Mod and for named keys it is said.
  const name = single ? press.key : `${mod ? 'Mod+' : ''}${press.shiftKey ? 'Shift+' : ''}${press.key.length === 1 ? press.key.toLowerCase() : press.key}`;
  return ACTIONS.find((action) => action.keys.includes(name));
}
