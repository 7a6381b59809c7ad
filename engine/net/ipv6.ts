/** What an IPv6 address is for, by its first bits (RFC 4291 2.4): what the kernel asks with ipv6_addr_type(). */

import type { Words } from './address.ts';

/** `::` */
export const isUnspecified = (address: Words): boolean => address.every((word) => word === 0);

/** `::1` */
export const isLoopback = ([a, b, c, d]: Words): boolean => a === 0 && b === 0 && c === 0 && d === 1;

/** `ff00::/8` */
export const isMulticast = ([a = 0]: Words): boolean => a >>> 24 === 0xff;

/** `fe80::/10`; groups of the link are not meant. */
export const isLinkLocal = ([a = 0]: Words): boolean => a >>> 22 === 0xfe80 >>> 6;
