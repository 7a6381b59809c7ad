/**
 * What drafts of packets use of the package ip-address, without its 10 kB: addresses of an embed come from its own list
 * or from the host. The browser's reading of addresses in URLs gives the canonical text (RFC 5952). The build puts this in the package's place.
 */

const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

export class Address4 {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  static isValid(text: string): boolean {
    return IPV4.test(text);
  }
  correctForm(): string {
    return this.#text.split('.').map(Number).join('.');
  }
}

function canonical(text: string): string | null {
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(':')) return null;
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return null;
  }
}

export class Address6 {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  static isValid(text: string): boolean {
    return canonical(text) !== null;
  }
  correctForm(): string {
    return canonical(this.#text) ?? this.#text;
  }
}
