/**
 * IPv6 extension headers as packets say them: a name, or a name with the header's bytes. The fragment header is not among them:
 * `fragOffset`, `moreFragments` and `id` say it, and it stands behind all of these.
 *
 * Source: RFC 8200 section 4, RFC 4302 section 2; include/net/ipv6.h ipv6_optlen(), ipv6_authlen() of Linux 6.18.
 */

/** As written: a name or number alone says that the header is there, and not what it holds. */
export type GivenHeader = string | number | { readonly header: string | number; readonly data?: string };

export interface ExtensionHeader {
  /** Protocol number. */
  readonly header: number;
  /** What follows its first two bytes (next header and length), in hex; null: not said. */
  readonly data: string | null;
}

/** By protocol number; the first name is the canonical one, the others are those of `-m ipv6header` and of matches. */
const NAMES: Readonly<Record<number, readonly string[]>> = {
  0: ['hop-by-hop', 'hop', 'hbh'],
  43: ['routing', 'route', 'ipv6-route', 'rt'],
  60: ['destination-options', 'dst', 'ipv6-opts'],
  51: ['ah', 'auth'],
};
const AUTHENTICATION = 51;

const names = (): string =>
  Object.values(NAMES)
    .map(([name]) => name)
    .join(', ');

/** Reads the list; the failure names the entry. */
export function readHeaders(given: readonly GivenHeader[]): readonly ExtensionHeader[] | { readonly failure: string; readonly hint: string } {
  const headers: ExtensionHeader[] = [];
  for (const entry of given) {
    const { header: name, data } = typeof entry === 'object' ? entry : { header: entry, data: undefined };
    const header = numberOf(name);
    if (header === null) {
      const isFragment = name === 44 || ['fragment', 'frag', 'ipv6-frag'].includes(String(name));
      return {
        failure: `"${name}" is not an extension header`,
        hint: isFragment ? 'a fragment says so with "fragOffset", "moreFragments" and "id"' : `use ${names()}, or their numbers`,
      };
    }
    if (header === 0 && headers.length > 0) return { failure: 'a hop-by-hop header is not the first one', hint: 'it stands right behind the IPv6 header' };
    const fault = data === undefined ? null : lengthFault(header, data.length / 2);
    if (fault) return fault;
    headers.push({ header, data: data?.toLowerCase() ?? null });
  }
  return headers;
}

function numberOf(name: string | number): number | null {
  const found = Object.entries(NAMES).find(([number, known]) => Number(number) === name || known.includes(String(name).toLowerCase()));
  return found ? Number(found[0]) : null;
}

function lengthFault(header: number, bytes: number): { readonly failure: string; readonly hint: string } | null {
  const whole = bytes + 2;
  const [unit, least] = header === AUTHENTICATION ? [4, 12] : [8, 8];
  if (whole >= least && whole % unit === 0 && whole <= unit * 256) return null;
  return {
    failure: `${bytes} bytes do not make a ${headerName(header)} header, with the two of next header and length before them`,
    hint: `give ${least - 2} bytes, or ${unit} more, and so on: without next header and length`,
  };
}

function headerName(header: number): string {
  return NAMES[header]?.[0] ?? String(header);
}

/** As packets.json has it. */
export function givenHeader({ header, data }: ExtensionHeader): GivenHeader {
  return data === null ? headerName(header) : { header: headerName(header), data };
}

/** Bytes of the header, those of next header and length among them; the fewest there may be where it does not say what it holds. */
export function headerLength({ data }: ExtensionHeader): number {
  return data === null ? 8 : data.length / 2 + 2;
}
