/**
 * The hooks of a node's way in the kernel's order: which stops each has, by what name and at which priority, and which ways
 * lead from one to the next. Where they stand on the map is in `path-map.ts`.
 *
 * Stops stand in the order of their priorities (include/uapi/linux/netfilter_ipv4.h): raw −300, conntrack −200,
 * mangle −150, DNAT −100, filter 0, security 50 (150 where iptables-nft made it), SNAT 100, confirm last. IPVS has two functions side by side at each of
 * its hooks, which are one stop here; TPROXY is a target of mangle; after mangle and nat OUTPUT may look up the route again.
 */

export type HookId = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
export type StageId = 'in' | HookId | 'route' | 'tunnel' | 'out' | 'local' | 'route-out';
export type StopName = 'raw' | 'conntrack' | 'mangle' | 'tproxy' | 'nat' | 'reroute-mangle' | 'reroute-nat' | 'ipvs' | 'filter' | 'security' | 'confirm';

/** Stops that only some nodes have. */
export interface Extras {
  readonly tproxy: boolean;
  readonly ipvs: boolean;
  readonly tunnel: boolean;
  /** Table security is that of iptables-nft, which stands behind nat and IPVS. */
  readonly lateSecurity: boolean;
}

export const NO_EXTRAS: Extras = { tproxy: false, ipvs: false, tunnel: false, lateSecurity: false };

/** Stops of each hook in the order of their priorities. */
export const HOOK_STOPS: Readonly<Record<HookId, readonly StopName[]>> = {
  PREROUTING: ['raw', 'conntrack', 'mangle', 'tproxy', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'ipvs', 'nat', 'confirm'],
  FORWARD: ['mangle', 'filter', 'security', 'ipvs'],
  OUTPUT: ['raw', 'conntrack', 'mangle', 'reroute-mangle', 'nat', 'reroute-nat', 'ipvs', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat', 'confirm'],
};

export function isHook(stage: string): stage is HookId {
  return stage in HOOK_STOPS;
}

/** The stops that a hook has on this node. */
export function hookStops(hook: HookId, extras: Extras): readonly StopName[] {
  const stops = HOOK_STOPS[hook].filter((name) => (name === 'ipvs' ? extras.ipvs : name === 'tproxy' ? extras.tproxy : true));
  if (!extras.lateSecurity || !stops.includes('security')) return stops;
  const others = stops.filter((name) => name !== 'security');
  const end = others.at(-1) === 'confirm' ? others.length - 1 : others.length;
  return [...others.slice(0, end), 'security', ...others.slice(end)];
}

/** What stands on a stop. `short`: for narrow strips. The nat table rewrites destinations early and sources late. */
export function stopLabel(hook: string, name: StopName, short = false): string {
  switch (name) {
    case 'nat':
      return hook === 'PREROUTING' || hook === 'OUTPUT' ? 'dnat' : 'snat';
    case 'reroute-mangle':
    case 'reroute-nat':
      return '◇';
    case 'ipvs':
    case 'tproxy':
      return name.toUpperCase();
    case 'conntrack':
      return short ? 'ct' : name;
    case 'security':
      return short ? 'sec' : name;
    default:
      return name;
  }
}

const PRIORITIES: Readonly<Partial<Record<StopName, number>>> = { raw: -300, conntrack: -200, mangle: -150, filter: 0 };

/**
 * Priority at which a stop runs in its hook, as it is written on it: `−300`; of the two functions of IPVS both. Empty for
 * what has none of its own: TPROXY, and the route looked up again. Held against the engine's table by a test.
 */
export function stopPriority(hook: string, name: StopName, { lateSecurity }: Pick<Extras, 'lateSecurity'> = NO_EXTRAS): string {
  const early = hook === 'PREROUTING' || hook === 'OUTPUT';
  switch (name) {
    case 'nat':
      return early ? '−100' : '100';
    case 'confirm':
      return 'max';
    case 'security':
      return lateSecurity ? '150' : '50';
    case 'ipvs':
      return hook === 'INPUT' ? '98 99' : hook === 'FORWARD' ? '99 100' : '−99 −98';
    default: {
      const priority = PRIORITIES[name];
      return priority === undefined ? '' : String(priority).replace('-', '−');
    }
  }
}

/** Ways that every node has. */
export const EDGES: readonly (readonly [StageId, StageId])[] = [
  ['in', 'PREROUTING'],
  ['PREROUTING', 'route'],
  ['route', 'FORWARD'],
  ['FORWARD', 'POSTROUTING'],
  ['POSTROUTING', 'out'],
  ['route', 'INPUT'],
  ['INPUT', 'local'],
  ['local', 'route-out'],
  ['route-out', 'OUTPUT'],
  ['OUTPUT', 'POSTROUTING'],
];

/** The ways within one pass: to where there are tunnels packets leave through their stop. */
export function waysOf({ tunnel }: Extras): readonly (readonly [StageId, StageId])[] {
  return tunnel ? EDGES.flatMap((way) => (way[1] === 'out' ? ([['POSTROUTING', 'tunnel'] as const, ['tunnel', 'out'] as const] as const) : [way])) : EDGES;
}
