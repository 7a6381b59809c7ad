/** The one list of commands, in the order help shows them. */

import type { Command } from '../command.ts';
import { check } from './check.ts';
import { helpCommand } from './help.ts';
import { kubeOvn } from './kube-ovn.ts';
import { save } from './save.ts';
import { snapshot } from './snapshot.ts';
import { test } from './test.ts';
import { trace } from './trace.ts';

export const COMMANDS: readonly Command[] = [trace, check, test, save, snapshot, kubeOvn, helpCommand(() => COMMANDS)];
