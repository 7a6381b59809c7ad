/** Interface names as small integers, so that a register can hold one. 0 is no interface, whose name is empty. */
export class InterfaceNames {
  private readonly names: string[] = [''];
  private readonly ids = new Map<string, number>([['', 0]]);

  /** Id of a name, given out on first use. */
  id(name: string | null): number {
    if (name === null) return 0;
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.names.push(name) - 1;
      this.ids.set(name, id);
    }
    return id;
  }

  name(id: number): string {
    return this.names[id] ?? '';
  }
}

/** Byte-wise; a trailing `+` matches any rest, `+` alone any name, also the empty one (ifname_compare_aligned of ip_tables.c). */
export function interfaceMatches(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
