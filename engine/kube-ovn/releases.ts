/**
 * Releases of Kube-OVN, and what each of them installs. The table says in which patch of a series a thing came first; it was read
 * from the tags of kubeovn/kube-ovn, v1.10.0 to v1.16.2 (`pkg/daemon/gateway_linux.go`), and from commit 1533681d7 for `master`.
 */

export interface Release {
  /** As asked for: `v1.12`, `v1.12.4`, `master`. */
  readonly name: string;
  readonly minor: number;
  readonly patch: number;
}

/** The newest tag of each series when this was written; a series without a patch means that one. */
const NEWEST_PATCH: Readonly<Record<number, number>> = { 10: 10, 11: 24, 12: 35, 13: 15, 14: 41, 15: 24, 16: 2 };
const MASTER_MINOR = 17;

/** Series that can be asked for, oldest first. */
export const RELEASE_SERIES: readonly string[] = [...Object.keys(NEWEST_PATCH).map((minor) => `v1.${minor}`), 'master'];

/**
 * What came with some release: the first patch of each series that has it. A series after the last one named has it from its first
 * release; one before the first, or between two, that is not named never got it.
 */
const FIRST = {
  /** Chains OVN-PREROUTING and OVN-POSTROUTING; before, rules stood straight in the built-in chains. */
  ownChains: { 10: 7, 11: 0 },
  /** S17 and the `src` of the routes to subnets. */
  nodeAddressAsSource: { 12: 0 },
  /** X1, X2. */
  otherNodeMark: { 11: 6, 12: 0 },
  /** OVN-MASQUERADE: X4, X5. */
  masqueradeChain: { 11: 8, 12: 0 },
  /** `--random-fully` on SNAT and MASQUERADE. */
  randomFully: { 12: 0 },
  /** S09, S10. */
  counters: { 12: 0 },
  /** natOutgoingPolicyRules: S25 to S29 and their sets. */
  policyRules: { 12: 0 },
  /** S30, S31. */
  tproxy: { 12: 0 },
  /** S14', X7, X8. */
  clusterIpSet: { 12: 0 },
  /** X7 and X8 for TCP only. */
  rejectTcpOnly: { 12: 9, 13: 0 },
  /** X9 and its jump X11. */
  dropInvalidReset: { 11: 13, 12: 4, 13: 0 },
  /** X6. */
  clearVxlanMark: { 12: 29, 13: 0 },
  /** The jump in nat PREROUTING is moved up when it stands too low: to position 1 at first, later above KUBE-SERVICES. */
  preroutingRepaired: { 13: 0 },
  /** X10. Not in a tag of v1.16 yet. */
  dropOrphans: { 15: 19, 16: 3, 17: 0 },
  /** TPROXY listens on the node's InternalIP; before, on the pod's hostIP, or on any address where there are two families. */
  tproxyOnNodeAddress: { 13: 5, 14: 0 },
  /** Probes by port name, and gRPC probes. */
  namedProbePorts: { 12: 23, 13: 0 },
  /** ServiceCIDR objects come before the flag. */
  serviceCidrObjects: { 17: 0 },
  /** NodeLocal DNS addresses are no longer members of the set of subnets. */
  withoutNodeLocalDns: { 12: 0 },
} as const satisfies Readonly<Record<string, Readonly<Record<number, number>>>>;

export type Feature = keyof typeof FIRST;

/** Reads `v1.12`, `1.12.4`, `master`; a text says why it is none. */
export function parseRelease(text: string): Release | string {
  const word = text.trim();
  if (word === 'master') return { name: word, minor: MASTER_MINOR, patch: 0 };
  const match = /^v?1\.(\d{1,3})(?:\.(\d{1,4}))?$/.exec(word);
  const newest = match ? NEWEST_PATCH[Number(match[1])] : undefined;
  if (!match || newest === undefined) return `releases are ${RELEASE_SERIES.join(', ')}, or one of a series like v1.12.4`;
  const release: Release = { name: `v1.${match[1]}${match[2] === undefined ? '' : `.${Number(match[2])}`}`, minor: Number(match[1]), patch: Number(match[2] ?? newest) };
  if (!has(release, 'ownChains')) return 'before v1.10.7 the rules stood straight in PREROUTING and POSTROUTING, which is not generated: give v1.10.7 or later';
  return release;
}

export function has(release: Release, feature: Feature): boolean {
  const first: Readonly<Record<number, number>> = FIRST[feature];
  const patch = first[release.minor];
  if (patch !== undefined) return release.patch >= patch;
  return release.minor > Math.max(...Object.keys(first).map(Number));
}

/** `v1.11.6`, `v1.11.13, v1.12.4`: where a thing came first. A series that had it from its first release is not named after one that got it. */
export function sinceText(feature: Feature | null): string {
  if (feature === null) return 'v1.10.7';
  const names: string[] = [];
  let untagged = false;
  for (const [series, patch] of Object.entries(FIRST[feature])) {
    const minor = Number(series);
    const newest = NEWEST_PATCH[minor];
    if (minor === MASTER_MINOR) {
      if (untagged || names.length === 0) names.push('master');
    } else if (newest !== undefined && patch > newest) untagged = true;
    else if (patch > 0 || names.length === 0) names.push(`v1.${minor}.${patch}`);
  }
  return names.join(', ');
}
