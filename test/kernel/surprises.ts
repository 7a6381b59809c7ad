/**
 * What surprises even those who know netfilter, as small nodes with packets, one surprise each: NAT, refusals, routing,
 * rules, connection tracking, the node's own packets, fragments, the node's own answers. Many were differences between the engine and the kernel once; the kernel's answers are in
 * recorded/surprises/.
 */

import type { KernelCase } from './cases.ts';
import { ANSWERS } from './surprise/answers.ts';
import { BRIDGES } from './surprise/bridges.ts';
import { CONNTRACK } from './surprise/conntrack.ts';
import { EARLY_DEMUX } from './surprise/early-demux.ts';
import { EXPECTATIONS } from './surprise/expectations.ts';
import { ERRORS } from './surprise/errors.ts';
import { FIELDS } from './surprise/fields.ts';
import { FRAGMENTS } from './surprise/fragments.ts';
import { LOCAL } from './surprise/local.ts';
import { MTU } from './surprise/mtu.ts';
import { NAT } from './surprise/nat.ts';
import { NAT_TO_ITSELF } from './surprise/nat-to-itself.ts';
import { ROUTING } from './surprise/routing.ts';
import { RULES } from './surprise/rules.ts';
import { TRACKING_OF_OTHERS } from './surprise/tracking.ts';

export const SURPRISES: readonly KernelCase[] = [
  ...NAT,
  ...NAT_TO_ITSELF,
  ...ERRORS,
  ...ROUTING,
  ...RULES,
  ...FIELDS,
  ...CONNTRACK,
  ...TRACKING_OF_OTHERS,
  ...LOCAL,
  ...FRAGMENTS,
  ...ANSWERS,
  ...EXPECTATIONS,
  ...BRIDGES,
  ...EARLY_DEMUX,
  ...MTU,
];
