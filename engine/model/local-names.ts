/** Names that a node gives to numbers of its own in /etc/iproute2: groups of interfaces, realms of routes. iptables-save prints them in place of the numbers. */

export type NumberNames = ReadonlyMap<string, number>;

export interface LocalNames {
  readonly groups: NumberNames;
  readonly realms: NumberNames;
}

/** As iproute2 ships these files: what a node is taken to have that does not show its own. */
export const SHIPPED_NAMES: LocalNames = { groups: new Map([['default', 0]]), realms: new Map([['cosmos', 0]]) };

/** The first name of a number; null if it has none. */
export function nameOf(names: NumberNames, wanted: number): string | null {
  for (const [name, number] of names) if (number === wanted) return name;
  return null;
}
