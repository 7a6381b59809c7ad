/** One object of a description, its fields checked and taken from wherever the form it is written in keeps them. */

import { closest } from '../../model/closest.ts';
import { isRecord, mismatches, object, quoteValue, type Fields, type Shape } from '../../model/shape.ts';
import { formatPrefix, parseAddress, parsePrefix } from '../../net/address.ts';
import type { ClusterProblem } from '../cluster.ts';
import { WITHOUT_EFFECT } from './shape.ts';

type Path = readonly (string | number)[];
export type Json = Readonly<Record<string, unknown>>;

/** Where fields stand: under `spec`, or, with an empty path, at the top of the object. */
export interface FieldPlace {
  readonly path: Path;
  readonly fields: Fields;
  /** Fields the API has there besides; null: anything may stand there (`status`). */
  readonly others: readonly string[] | null;
}

export class ObjectReader {
  readonly kind: string;
  readonly name: string;
  readonly #document: number;
  readonly #path: Path;
  readonly #problems: ClusterProblem[];
  readonly #values = new Map<string, unknown>();
  readonly #places = new Map<string, Path>();
  /** Nothing is wrong with it so far. */
  ok = true;

  constructor(kind: string, value: Json, places: readonly FieldPlace[], at: { readonly document: number; readonly path: Path }, problems: ClusterProblem[]) {
    this.kind = kind;
    this.#document = at.document;
    this.#path = at.path;
    this.#problems = problems;
    this.name = nameOf(value);
    for (const place of places) this.#read(valueAt(value, place.path), place);
  }

  #read(value: unknown, { path, fields, others }: FieldPlace): void {
    const given = value === undefined || value === null ? {} : value;
    if (!isRecord(given)) {
      this.problem('error', path, `${quoteValue(given)} is not an object`, '');
      return;
    }
    const known = new Set(Object.keys(fields));
    if (others !== null)
      for (const key of Object.keys(given))
        if (!known.has(key) && !others.includes(key)) {
          const near = closest(key, [...known, ...others]);
          this.problem('warning', [...path, key], `unknown field "${key}"`, near === null ? '' : `did you mean "${near}"?`);
        }
    const picked = Object.fromEntries(Object.entries(given).flatMap(([key, item]) => (known.has(key) && item !== null ? [[key, pick(fields[key] as Shape, item)] as const] : [])));
    for (const key of known) this.#places.set(key, [...path, key]);
    const found = mismatches(object(this.kind, fields), picked);
    for (const { path: inside, message, hint } of found) this.problem('error', [...path, ...inside], message, hint);
    // Whoever asks for a field gets what its shape says, or nothing.
    for (const [key, item] of Object.entries(picked)) if (!found.some((mismatch) => mismatch.path[0] === key)) this.#values.set(key, item);
  }

  /** A problem at `path`, seen from the object. */
  problem(severity: ClusterProblem['severity'], path: Path, message: string, hint: string): void {
    if (severity === 'error') this.ok = false;
    const shown = path.filter((key, i) => !(i === path.length - 1 && typeof key === 'string' && message.includes(`"${key}"`)));
    const place = shown.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '');
    const what = this.name === '' ? this.kind : `${this.kind} "${this.name}"`;
    this.#problems.push({ severity, document: this.#document, path: [...this.#path, ...path], message: [what, place, message].filter((part) => part !== '').join(': '), hint });
  }

  /** A problem with a field, wherever it stands. */
  fieldProblem(severity: ClusterProblem['severity'], field: string, inside: Path, message: string, hint: string): void {
    this.problem(severity, [...(this.#places.get(field) ?? [field]), ...inside], message, hint);
  }

  /** The checked value; undefined if it is not given. */
  get<T>(field: string): T | undefined {
    return this.#values.get(field) as T | undefined;
  }

  text(field: string, otherwise = ''): string {
    return this.get<string>(field) ?? otherwise;
  }

  truth(field: string): boolean {
    return this.get<boolean>(field) ?? false;
  }

  number(field: string): number {
    return this.get<number>(field) ?? 0;
  }

  /** Addresses, each in canonical text; what is none is reported. */
  addresses(field: string, words: readonly string[], inside: (index: number) => Path = (i) => [i]): string[] {
    return words.flatMap((word, i) => {
      const address = canonicalAddress(word);
      if (address === null) this.fieldProblem('error', field, inside(i), `"${word}" is not an IP address`, 'names are not resolved: give an IPv4 or IPv6 address');
      return address === null ? [] : [address];
    });
  }
}

/** Fields that the shape knows, all the way down; null counts as left out, as in the API. */
function pick(shape: Shape, value: unknown): unknown {
  const { definition } = shape;
  if (definition.kind === 'list' && Array.isArray(value)) return value.map((item) => pick(definition.item, item));
  if (definition.kind === 'object' && isRecord(value)) {
    const fields = definition.fields();
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) => (Object.hasOwn(fields, key) && item !== null ? [[key, pick(fields[key] as Shape, item)] as const] : [])),
    );
  }
  if (definition.kind === 'either') {
    const member = definition.members.find(({ definition: { kind } }) => (kind === 'list' && Array.isArray(value)) || (kind === 'object' && isRecord(value)));
    return member ? pick(member, value) : value;
  }
  return value;
}

function valueAt(value: Json, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

function nameOf(value: Json): string {
  const meta = isRecord(value.metadata) ? value.metadata : value;
  return typeof meta.name === 'string' ? meta.name : '';
}

export function canonicalAddress(text: string): string | null {
  const prefix = parseAddress(text) ? parsePrefix(text) : null;
  return prefix ? formatPrefix(prefix).replace(/\/\d+$/, '') : null;
}

/** Names of fields that have no effect: of one kind of object, and those every object has. */
export function othersOf(...kinds: readonly string[]): readonly string[] {
  return kinds.flatMap((kind) => [...(WITHOUT_EFFECT[kind] ?? [])]).filter((word) => word !== '');
}
