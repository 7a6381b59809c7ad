/** Numbers that a node may have names for in a file of its own: as groups and realms are written (libxtables 1.8.9, xtables_parse_val_mask()). */

import { nameOf, SHIPPED_NAMES } from '../model/local-names.ts';
import { isFailure, type ValueKind } from '../model/option.ts';
import { maskedMark, type MaskedValue } from './option.ts';

interface NamedMark extends MaskedValue {
  /** The node's name of the number, which iptables-save prints; not with a mask. */
  readonly name?: string;
}

const ALL = 0xffffffff;

/** A number with a mask or without, or a name. `file`: what shows the names. */
export const namedMark = (what: 'groups' | 'realms', file: string): ValueKind<NamedMark> => ({
  ...maskedMark,
  parse: ([word = ''], context) => {
    const names = (context.names ?? SHIPPED_NAMES)[what];
    const read = maskedMark.parse([word], context);
    if (!isFailure(read)) {
      const name = read.mask === ALL ? nameOf(names, read.value) : null;
      return name === null ? read : { ...read, name };
    }
    const number = names.get(word);
    return number === undefined
      ? { failure: `"${word}" is no name that is known here`, hint: `give its number, or ${file} of the node in the snapshot` }
      : { value: number, mask: ALL, name: word };
  },
  print: (value, context) => value.name ?? maskedMark.print(value, context),
});
