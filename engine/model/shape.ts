/**
 * Shapes: what passes between Packetwalk and other programs (packets in, traces out), each defined once as a value.
 * Three things come from it: the TypeScript type (`Infer`), the published JSON Schema (`jsonSchema`) and the check that
 * names what is wrong with JSON someone else wrote (`mismatches`).
 * What makes a shape does nothing else, and says so to bundlers: a program has the shapes that it reads by.
 */

import { closest } from './closest.ts';

type Definition =
  | { readonly kind: 'any' }
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'text'; readonly pattern: RegExp | null }
  | { readonly kind: 'number'; readonly whole: boolean; readonly low: number | null; readonly high: number | null }
  | { readonly kind: 'choice'; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'list'; readonly item: Shape; readonly most: number | null }
  | { readonly kind: 'pair'; readonly item: Shape }
  | { readonly kind: 'record'; readonly value: Shape }
  | { readonly kind: 'either'; readonly members: readonly Shape[] }
  | { readonly kind: 'object'; readonly name: string; readonly about: string; readonly fields: () => Fields }
  | { readonly kind: 'tagged'; readonly name: string; readonly about: string; readonly tag: string; readonly members: readonly Shape[] };

/** The description of a JSON value whose TypeScript type is `T`. */
export interface Shape<out T = unknown> {
  readonly definition: Definition;
  /** What a value must be, for messages: `a number from 0 to 65535`. */
  readonly expected: string;
  /** Meaning, for the JSON Schema. */
  readonly about: string;
  readonly optional: boolean;
  /** Never set: carries the type. */
  readonly type?: T;
}

/** A field that may be absent. */
interface OptionalShape<out T = unknown> extends Shape<T> {
  readonly optional: true;
}

export type Fields = Readonly<Record<string, Shape>>;

type OptionalKeys<F> = { [K in keyof F]: F[K] extends OptionalShape ? K : never }[keyof F];
type Value<S> = S extends Shape<infer T> ? T : never;

/** The object type whose fields are described by `F`. */
type ObjectOf<F> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Value<F[K]> } & { readonly [K in OptionalKeys<F>]?: Value<F[K]> };

/** The type of the values a shape describes. */
export type Infer<S extends Shape> = Value<S>;

/* @__NO_SIDE_EFFECTS__ */
function make<T>(definition: Definition, expected: string, about = ''): Shape<T> {
  return { definition, expected, about, optional: false };
}

/* @__NO_SIDE_EFFECTS__ */
export const anything = (about?: string): Shape<unknown> => make({ kind: 'any' }, 'any JSON value', about);
export const nothing: Shape<null> = make({ kind: 'null' }, 'null');
/* @__NO_SIDE_EFFECTS__ */
export const truth = (about?: string): Shape<boolean> => make({ kind: 'boolean' }, 'true or false', about);

/** Text; `expected` says what a pattern stands for. */
/* @__NO_SIDE_EFFECTS__ */
export function text(about?: string, pattern: RegExp | null = null, expected = 'text'): Shape<string> {
  return make({ kind: 'text', pattern }, expected, about);
}

/** A whole number within bounds, both included. */
/* @__NO_SIDE_EFFECTS__ */
export function whole(low: number, high: number, about?: string): Shape<number> {
  return make({ kind: 'number', whole: true, low, high }, `a whole number from ${low} to ${high}`, about);
}

/** Any number from `low` upwards. */
/* @__NO_SIDE_EFFECTS__ */
export function decimal(low: number, about?: string): Shape<number> {
  return make({ kind: 'number', whole: false, low, high: null }, `a number from ${low} upwards`, about);
}

/* @__NO_SIDE_EFFECTS__ */
export function choice<const C extends readonly (string | number | boolean)[]>(values: C, about?: string): Shape<C[number]> {
  return make({ kind: 'choice', values }, `one of ${values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(', ')}`, about);
}

/* @__NO_SIDE_EFFECTS__ */
export function list<T>(item: Shape<T>, about?: string, most: number | null = null): Shape<readonly T[]> {
  return make({ kind: 'list', item, most }, `a list, each item ${item.expected}`, about);
}

/* @__NO_SIDE_EFFECTS__ */
export function pair<T>(item: Shape<T>, about?: string): Shape<readonly [T, T]> {
  return make({ kind: 'pair', item }, 'a list of two', about);
}

/** An object whose keys are names. */
/* @__NO_SIDE_EFFECTS__ */
export function record<T>(value: Shape<T>, about?: string): Shape<Readonly<Record<string, T>>> {
  return make({ kind: 'record', value }, 'an object', about);
}

/* @__NO_SIDE_EFFECTS__ */
export function either<const M extends readonly Shape[]>(members: M, about?: string): Shape<Value<M[number]>> {
  return make({ kind: 'either', members }, members.map((member) => member.expected).join(', or '), about);
}

/* @__NO_SIDE_EFFECTS__ */
export function orNull<T>(shape: Shape<T>, about?: string): Shape<T | null> {
  return make({ kind: 'either', members: [shape, nothing] }, `${shape.expected}, or null`, about ?? shape.about);
}

/** An object with exactly these fields. Its name is its name in the JSON Schema. */
/* @__NO_SIDE_EFFECTS__ */
export function object<const F extends Fields>(name: string, fields: F, about = ''): Shape<ObjectOf<F>> {
  return make({ kind: 'object', name, about, fields: () => fields }, 'an object', about);
}

/** An object that holds itself; its type must be written out, because TypeScript cannot infer it. */
/* @__NO_SIDE_EFFECTS__ */
export function recursive<T>(name: string, fields: () => { readonly [K in keyof T]-?: Shape<T[K]> }, about = ''): Shape<T> {
  return make({ kind: 'object', name, about, fields: fields as () => Fields }, 'an object', about);
}

/** Objects told apart by the value of one field, which each member has as a `choice` of one. */
/* @__NO_SIDE_EFFECTS__ */
export function tagged<const M extends readonly Shape[]>(name: string, tag: string, members: M, about = ''): Shape<Value<M[number]>> {
  return make({ kind: 'tagged', name, about, tag, members }, 'an object', about);
}

/* @__NO_SIDE_EFFECTS__ */
export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return { ...shape, optional: true };
}

/** What is wrong with a value, and where in it. */
export interface Mismatch {
  /** Keys and indexes (from 0) from the root. */
  readonly path: Path;
  /** Lower case, the text in quotes, no full stop: `unknown field "dprot"`. */
  readonly message: string;
  readonly hint: string;
}

type Path = readonly (string | number)[];
const NONE: readonly Mismatch[] = [];

/** Everything that keeps `value` from being what `shape` describes; empty if nothing does. */
export function mismatches(shape: Shape, value: unknown): readonly Mismatch[] {
  return compare(shape, value, []);
}

/** Deeper than anything that is meant, and far from the end of the call stack. */
const MAX_DEPTH = 32;

function compare(shape: Shape, value: unknown, path: Path): readonly Mismatch[] {
  const { definition } = shape;
  if (path.length > MAX_DEPTH && typeof value === 'object' && value !== null) return [{ path, message: 'nested too deeply', hint: '' }];
  const fits = (good: boolean): readonly Mismatch[] => (good ? NONE : [{ path, message: `${quoteValue(value)} is not ${shape.expected}`, hint: '' }]);
  switch (definition.kind) {
    case 'any':
      return NONE;
    case 'null':
      return fits(value === null);
    case 'boolean':
      return fits(typeof value === 'boolean');
    case 'text':
      return fits(typeof value === 'string' && (definition.pattern === null || definition.pattern.test(value)));
    case 'number': {
      const { low, high, whole: isWhole } = definition;
      return fits(typeof value === 'number' && (isWhole ? Number.isInteger(value) : Number.isFinite(value)) && value >= (low ?? value) && value <= (high ?? value));
    }
    case 'choice': {
      if ((definition.values as readonly unknown[]).includes(value)) return NONE;
      const names = definition.values.filter((candidate) => typeof candidate === 'string');
      const near = typeof value === 'string' ? closest(value, names) : null;
      return [{ path, message: `${quoteValue(value)} is not ${shape.expected}`, hint: near === null ? '' : `did you mean "${near}"?` }];
    }
    case 'list':
      if (!Array.isArray(value) || (definition.most !== null && value.length > definition.most)) return fits(false);
      return value.flatMap((item, i) => compare(definition.item, item, [...path, i]));
    case 'pair':
      return Array.isArray(value) && value.length === 2 ? value.flatMap((item, i) => compare(definition.item, item, [...path, i])) : fits(false);
    case 'record':
      return isRecord(value) ? Object.entries(value).flatMap(([key, item]) => compare(definition.value, item, [...path, key])) : fits(false);
    case 'either': {
      if (definition.members.some((member) => mismatches(member, value).length === 0)) return NONE;
      // One member of the same JSON type as the value says more than "none of these".
      const alike = definition.members.filter((member) => isOfKind(member.definition, value));
      return alike.length === 1 ? compare(alike[0] as Shape, value, path) : fits(false);
    }
    case 'object':
      return isRecord(value) ? compareFields(definition.fields(), value, path) : fits(false);
    case 'tagged': {
      if (!isRecord(value)) return fits(false);
      const tags = new Map(definition.members.map((member) => [tagOf(member, definition.tag), member]));
      const tag = value[definition.tag];
      const member = tags.get(String(tag));
      return member ? compare(member, value, path) : [{ path: [...path, definition.tag], message: `${quoteValue(tag)} is not one of ${[...tags.keys()].join(', ')}`, hint: '' }];
    }
  }
}

function compareFields(fields: Fields, value: Readonly<Record<string, unknown>>, path: Path): readonly Mismatch[] {
  const found: Mismatch[] = [];
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(fields, key)) continue;
    const near = closest(key, Object.keys(fields));
    found.push({ path: [...path, key], message: `unknown field "${key}"`, hint: near === null ? `its fields are ${Object.keys(fields).join(', ')}` : `did you mean "${near}"?` });
  }
  for (const [key, field] of Object.entries(fields)) {
    if (value[key] !== undefined) found.push(...compare(field, value[key], [...path, key]));
    else if (!field.optional) found.push({ path: [...path, key], message: `"${key}" is missing`, hint: `give ${field.expected}` });
  }
  return found;
}

function tagOf(member: Shape, tag: string): string {
  const field = member.definition.kind === 'object' ? member.definition.fields()[tag] : undefined;
  return field?.definition.kind === 'choice' ? String(field.definition.values[0]) : '';
}

/** An object, not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfKind(definition: Definition, value: unknown): boolean {
  switch (definition.kind) {
    case 'object':
    case 'tagged':
    case 'record':
      return isRecord(value);
    case 'list':
    case 'pair':
      return Array.isArray(value);
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string';
    case 'choice':
      return definition.values.some((candidate) => typeof candidate === typeof value);
    default:
      return false;
  }
}

/** A value in a message: short, one line. Callers of the library may hand over what JSON cannot hold. */
/** A value in a message: as JSON, cut where it is long. It may be anything, also what is no JSON. */
export function quoteValue(value: unknown): string {
  let shown = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : String(value);
  try {
    shown = JSON.stringify(value) ?? shown;
  } catch {
    // A bigint, or an object that holds itself, of which one is told that much.
  }
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema (draft 2020-12) of a shape; named objects go to `$defs`. */
export function jsonSchema(shape: Shape, title: string): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const root = schemaOf(shape, definitions);
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...root, $defs: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function schemaOf(shape: Shape, definitions: Record<string, JsonSchema>): JsonSchema {
  const about = shape.about === '' ? {} : { description: shape.about };
  const { definition } = shape;
  switch (definition.kind) {
    case 'any':
      return about;
    case 'null':
      return { type: 'null', ...about };
    case 'boolean':
      return { type: 'boolean', ...about };
    case 'text':
      return { type: 'string', ...(definition.pattern ? { pattern: definition.pattern.source } : {}), ...about };
    case 'number':
      return {
        type: definition.whole ? 'integer' : 'number',
        ...(definition.low === null ? {} : { minimum: definition.low }),
        ...(definition.high === null ? {} : { maximum: definition.high }),
        ...about,
      };
    case 'choice':
      return { enum: definition.values, ...about };
    case 'list':
      return { type: 'array', items: schemaOf(definition.item, definitions), ...(definition.most === null ? {} : { maxItems: definition.most }), ...about };
    case 'pair':
      return { type: 'array', items: schemaOf(definition.item, definitions), minItems: 2, maxItems: 2, ...about };
    case 'record':
      return { type: 'object', additionalProperties: schemaOf(definition.value, definitions), ...about };
    case 'either':
      return { anyOf: definition.members.map((member) => schemaOf(member, definitions)), ...about };
    case 'tagged':
    case 'object':
      return reference(shape, definition, definitions);
  }
}

function reference(shape: Shape, definition: Extract<Definition, { readonly name: string }>, definitions: Record<string, JsonSchema>): JsonSchema {
  const { name, about } = definition;
  if (!definitions[name]) {
    // Set before its fields are visited: an object may hold itself.
    definitions[name] = {};
    const description = about === '' ? {} : { description: about };
    if (definition.kind === 'tagged') definitions[name] = { oneOf: definition.members.map((member) => schemaOf(member, definitions)), ...description };
    else {
      const fields = Object.entries(definition.fields());
      definitions[name] = {
        type: 'object',
        properties: Object.fromEntries(fields.map(([key, field]) => [key, schemaOf(field, definitions)])),
        required: fields.filter(([, field]) => !field.optional).map(([key]) => key),
        additionalProperties: false,
        ...description,
      };
    }
  }
  return { $ref: `#/$defs/${name}`, ...(shape.about === about ? {} : { description: shape.about }) };
}
