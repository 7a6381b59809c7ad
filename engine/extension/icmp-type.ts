/** ICMP types by name, number or `type/code`, as extensions/libxt_icmp.h of iptables 1.8.9 reads them; shared by icmp and icmp6. */

import { FIELD } from '../model/field.ts';
import type { OptionUse, ValueKind } from '../model/option.ts';
import type { Clause, Test } from '../model/test.ts';
import { equals, within } from './clause.ts';
import { parseInteger } from './option.ts';
import type { NumberRange } from './range.ts';

interface IcmpType {
  readonly type: number;
  readonly code: NumberRange;
}

/** Name, type, and code where the name stands for one. */
export type IcmpName = readonly [name: string, type: number, code?: number];

const ALL_CODES: NumberRange = [0, 255];

function byteRange(text: string): NumberRange | null {
  const [low, high, ...more] = text.split(':').map(parseInteger);
  if (more.length > 0 || low === undefined || low === null || low > 255 || high === null || (high ?? 0) > 255) return null;
  return [low, high ?? low];
}

/** `type[/code]` or a name, which may be cut short as long as it stays unique. */
export function icmpType(names: readonly IcmpName[], print: (type: IcmpType) => string): ValueKind<IcmpType> {
  const hint = `give a name such as ${names[1]?.[0]}, or type/code in numbers`;
  const folded = names.map(([name]) => name.toLowerCase());
  return {
    placeholder: 'type[/code]|name',
    words: 1,
    choices: names.map(([name]) => name),
    parse: (words) => {
      const word = words[0] ?? '';
      const start = word.toLowerCase();
      const found = names.filter((_, i) => folded[i]?.startsWith(start));
      if (found.length > 1) return { failure: `"${word}" is ambiguous: ${found[0]?.[0]} or ${found[1]?.[0]}`, hint };
      if (found[0]) {
        const [, type, code] = found[0];
        return { type, code: code === undefined ? ALL_CODES : [code, code] };
      }
      const [typeText = '', codeText, ...rest] = word.split('/');
      const type = byteRange(typeText);
      const code = codeText === undefined ? ALL_CODES : byteRange(codeText);
      if (!type || !code || rest.length > 0) return { failure: `unknown ICMP type "${word}"`, hint };
      return type[0] === type[1] ? { type: type[0], code } : { failure: `"${word}" is a range of types, which is not supported`, hint };
    },
    print,
  };
}

/** A range of codes is read and stored, but only its low end is ever printed. */
export function printIcmpType({ type, code: [low, high] }: IcmpType): string {
  return low === 0 && high === 255 ? String(type) : `${type}/${low}`;
}

/** Type and code both as asked; negated, one of them differs. */
export function icmpTypeClauses(text: string, { value, negated }: OptionUse<IcmpType>): readonly Clause[] {
  const type = equals(FIELD.icmpType, value.type);
  const code: Test = value.code[0] === value.code[1] ? equals(FIELD.icmpCode, value.code[0]) : within(FIELD.icmpCode, value.code);
  if (value.code[0] === 0 && value.code[1] === 255) return [{ text, negated, any: [type] }];
  if (!negated) return [type, code].map((test) => ({ text, negated, any: [test] }));
  return [
    {
      text,
      negated: false,
      any: [
        { ...type, negated: true },
        { ...code, negated: true },
      ] as Test[],
    },
  ];
}
