/** Conntrack zones, which may hold for one direction only (struct nf_conntrack_zone). */

export type ZoneDirection = 'both' | 'orig' | 'reply';

/** nf_ct_zone_id(): the zone if it holds for the direction, else the default zone 0. */
export function effectiveZone({ zone, zoneDirection }: { readonly zone: number; readonly zoneDirection: ZoneDirection }, direction: 0 | 1): number {
  return zoneDirection === 'both' || (zoneDirection === 'orig') === (direction === 0) ? zone : 0;
}
