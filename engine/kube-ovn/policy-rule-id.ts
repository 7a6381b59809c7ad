/**
 * The id of a rule of `natOutgoingPolicyRules`, which names its sets: `pkg/controller/subnet_status.go` of Kube-OVN. It is made of the
 * rule as written, so another order or another spacing of the same rules renames their sets.
 */

import { utf8Bytes } from '../net/utf8.ts';
import { sha256 } from './sha256.ts';

/** A rule as the user wrote it. */
export interface PolicyRuleText {
  readonly action: string;
  readonly srcIPs: string;
  readonly dstIPs: string;
}

/** The first 12 hexadecimal digits of the SHA-256 of the Subnet's name, the rule's index from 0 and its JSON, with nothing between them. */
export function policyRuleId(subnet: string, index: number, { action, srcIPs, dstIPs }: PolicyRuleText): string {
  // Go's encoder: empty addresses are left out, <, > and & are escaped.
  const match = { ...(srcIPs === '' ? {} : { srcIPs }), ...(dstIPs === '' ? {} : { dstIPs }) };
  const json = JSON.stringify({ match, action }).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
  const digest = sha256(Uint8Array.from(utf8Bytes(`${subnet}${index}${json}`)));
  return Array.from(digest.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
