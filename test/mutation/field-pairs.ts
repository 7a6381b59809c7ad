/** Fields that are easily taken for each other: source and destination, in and out. */

import { FIELD, type Field } from '../../engine/model/field.ts';

const PAIRS = [
  ['src', 'dst'],
  ['sport', 'dport'],
  ['in', 'out'],
  ['physIn', 'physOut'],
  ['icmpType', 'icmpCode'],
  ['uid', 'gid'],
  ['ctOrigSrc', 'ctOrigDst'],
  ['ctReplSrc', 'ctReplDst'],
  ['ctOrigSport', 'ctOrigDport'],
  ['ctReplSport', 'ctReplDport'],
  ['tos', 'ttl'],
  ['mark', 'ctMark'],
] as const;

export const FIELD_PAIRS: ReadonlyMap<Field, Field> = new Map(
  PAIRS.flatMap(([a, b]) => [[FIELD[a] as Field, FIELD[b] as Field] as const, [FIELD[b] as Field, FIELD[a] as Field] as const]),
);
export { FIELD };
