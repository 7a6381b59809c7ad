/** Every action, in the order in which help and the palette list them. */

import type { Action } from './action.ts';
import { beforeAfter } from './before-after.ts';
import { byHook } from './by-hook.ts';
import { clearBreakpoints, showBreakpoints, toggleBreakpoint } from './breakpoint.ts';
import { byRule } from './by-rule.ts';
import { byTest } from './by-test.ts';
import { clearChanges } from './clear-changes.ts';
import { handshake, packetEarlier, packetLater, removePacket } from './connection.ts';
import { copyLink } from './copy-link.ts';
import { editPacket } from './edit-packet.ts';
import { first } from './first.ts';
import { keys } from './keys.ts';
import { language } from './language.ts';
import { last } from './last.ts';
import { nextChange } from './next-change.ts';
import { nextScenario, previousScenario } from './next-scenario.ts';
import { next } from './next.ts';
import { addFiles, openFiles, replaceFiles } from './open-files.ts';
import { paste } from './paste.ts';
import { play } from './play.ts';
import { previousChange } from './previous-change.ts';
import { previous } from './previous.ts';
import { redo } from './redo.ts';
import { nextRegion, previousRegion } from './region.ts';
import { runNext, runPrevious } from './run.ts';
import { sendAgain } from './send-again.ts';
import { sendReply } from './send-reply.ts';
import { searchRules } from './search-rules.ts';
import { saveFile, share } from './share.ts';
import { showCluster } from './show-cluster.ts';
import { showGallery, showRecent } from './show-gallery.ts';
import { goToPlace, showPalette } from './show-palette.ts';
import { endTwin, swapTwin } from './swap-twin.ts';
import { theme } from './theme.ts';
import { undo } from './undo.ts';
import { whyNot } from './why-not.ts';

export const ACTIONS: readonly Action[] = [
  next,
  previous,
  nextChange,
  previousChange,
  first,
  last,
  byHook,
  byRule,
  byTest,
  play,
  toggleBreakpoint,
  runNext,
  runPrevious,
  showBreakpoints,
  clearBreakpoints,
  goToPlace,
  nextRegion,
  previousRegion,
  searchRules,
  editPacket,
  showCluster,
  clearChanges,
  whyNot,
  beforeAfter,
  sendReply,
  sendAgain,
  handshake,
  packetEarlier,
  packetLater,
  removePacket,
  swapTwin,
  endTwin,
  undo,
  redo,
  showGallery,
  nextScenario,
  previousScenario,
  showRecent,
  openFiles,
  addFiles,
  replaceFiles,
  paste,
  share,
  copyLink,
  saveFile,
  showPalette,
  language,
  theme,
  keys,
];
