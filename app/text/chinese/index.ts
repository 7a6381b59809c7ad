/** All that the engine says, in Chinese. Large, so the page does not hold it: the worker sends what an answer needs. */

import { cluster } from './cluster.ts';
import { conntrack } from './conntrack.ts';
import { files } from './files.ts';
import { iptables } from './iptables.ts';
import { matches } from './matches.ts';
import { options } from './options.ts';
import { packets } from './packets.ts';
import { translator } from './phrase.ts';
import { sets } from './sets.ts';
import { short } from './short.ts';
import { stack } from './stack.ts';
import { targets } from './targets.ts';
import { walk } from './walk.ts';
import { words } from './words.ts';

export const TABLES = [walk, stack, conntrack, matches, targets, sets, options, iptables, files, packets, cluster, short, words] as const;

export const chinese = translator(TABLES);
