/**
 * sctp: ports and chunk types of SCTP.
 *
 * Source: iptables-extensions(8) "sctp"; Linux 6.18 net/netfilter/xt_sctp.c, sctp_mt(), match_packet(). A later fragment never
 * matches; a header or a chunk cut short, and a chunk of length 0, drop the packet as far as the rule looks. iptables keeps flags
 * under the place of a chunk type in its list, so that those of I_DATA are not looked at.
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { within } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { numberAt } from '../extension-header.ts';
import { readableHeader } from '../guards.ts';
import { option, portRange } from '../option.ts';
import { payloadClause } from '../payload.ts';

/** Name, number and flag letters from bit 7 to bit 0 (extensions/libxt_sctp.c). */
// biome-ignore format: a table
const CHUNKS: readonly (readonly [name: string, number: number, flags: string])[] = [
  ['DATA', 0, '----IUBE'], ['INIT', 1, ''], ['INIT_ACK', 2, ''], ['SACK', 3, ''], ['HEARTBEAT', 4, ''], ['HEARTBEAT_ACK', 5, ''], ['ABORT', 6, '-------T'], ['SHUTDOWN', 7, ''],
  ['SHUTDOWN_ACK', 8, ''], ['ERROR', 9, ''], ['COOKIE_ECHO', 10, ''], ['COOKIE_ACK', 11, ''], ['ECN_ECNE', 12, ''], ['ECN_CWR', 13, ''], ['SHUTDOWN_COMPLETE', 14, '-------T'],
  ['I_DATA', 64, '----IUBE'], ['RE_CONFIG', 130, ''], ['PAD', 132, ''], ['ASCONF', 193, ''], ['ASCONF_ACK', 128, ''], ['FORWARD_TSN', 192, ''], ['I_FORWARD_TSN', 194, ''],
];
const MODES = ['any', 'all', 'only'] as const;

interface ChunkTypes {
  readonly mode: (typeof MODES)[number];
  /** `ALL`, `NONE` or places in `CHUNKS`. */
  readonly chunks: 'ALL' | 'NONE' | readonly number[];
  /** Flags asked for, by place in `CHUNKS`: mask and value. */
  readonly flags: ReadonlyMap<number, readonly [mask: number, value: number]>;
}

const chunkTypes: ValueKind<ChunkTypes> = {
  placeholder: 'all|any|only chunktype[:flags][,…]',
  words: 2,
  choices: [...MODES, 'ALL', 'NONE', ...CHUNKS.map(([name]) => name)],
  parse: ([modeWord = '', list = '']) => {
    const mode = MODES.find((name) => name === modeWord.toLowerCase());
    if (!mode) return { failure: `"${modeWord}" is not one of all, any, only`, hint: 'write it like: any DATA,INIT' };
    const flags = new Map<number, readonly [number, number]>();
    const upper = list.toUpperCase();
    if (upper === 'ALL' || upper === 'NONE') return { mode, chunks: upper, flags };
    const chunks: number[] = [];
    for (const part of list.split(',').filter((text) => text !== '')) {
      const [name = '', letters] = part.split(/:(.*)/s, 2);
      const place = CHUNKS.findIndex(([known]) => known === name.toUpperCase());
      if (place < 0) return { failure: `unknown SCTP chunk "${name}"`, word: 1, hint: `chunks are ${CHUNKS.map(([known]) => known).join(', ')}, ALL, NONE` };
      chunks.push(place);
      for (const letter of letters ?? '') {
        const at = letter === '-' ? -1 : (CHUNKS[place]?.[2] ?? '').indexOf(letter.toUpperCase());
        if (at < 0)
          return {
            failure: `invalid flag "${letter}" for chunk ${name}`,
            word: 1,
            hint: 'DATA and I_DATA have I, U, B, E; ABORT and SHUTDOWN_COMPLETE have T; small letters ask for a clear flag',
          };
        const bit = 1 << (7 - at);
        const [mask, value] = flags.get(place) ?? [0, 0];
        flags.set(place, [mask | bit, letter === letter.toUpperCase() ? value | bit : value]);
      }
    }
    if (flags.size > 4) return { failure: 'flags are asked of more than four chunk types', word: 1, hint: 'XT_NUM_SCTP_FLAGS is 4' };
    return { mode, chunks: chunks.length > 0 ? chunks : 'NONE', flags };
  },
  print: ({ mode, chunks, flags }) => {
    if (typeof chunks === 'string') return `${mode} ${chunks}`;
    const sorted = [...new Set(chunks)].toSorted((a, b) => (CHUNKS[a]?.[1] ?? 0) - (CHUNKS[b]?.[1] ?? 0));
    const names = sorted.map((place) => {
      const [name = '', number, letters = ''] = CHUNKS[place] ?? [];
      // iptables keeps flags under the place in its list, so only where place and number agree do they come back.
      const asked = place === number ? flags.get(place) : undefined;
      if (!asked) return name;
      const text = [...letters].filter((_, i) => asked[0] & (1 << (7 - i))).map((letter) => (asked[1] & (1 << (7 - letters.indexOf(letter))) ? letter : letter.toLowerCase()));
      return `${name}:${text.join('')}`;
    });
    return `${mode} ${names.join(',')}`;
  },
};

const options = {
  sport: option({ name: '--sport', aliases: ['--source-port'], value: portRange, invertible: true, help: 'source port or range' }),
  dport: option({ name: '--dport', aliases: ['--destination-port'], value: portRange, invertible: true, help: 'destination port or range' }),
  chunks: option({ name: '--chunk-types', value: chunkTypes, invertible: true, help: 'chunk types of the packet' }),
};

export const sctp = defineMatch({
  name: 'sctp',
  families: ['ipv4', 'ipv6'],
  protocols: [PROTO.sctp],
  options,
  source: 'iptables-extensions(8) sctp; Linux 6.18 net/netfilter/xt_sctp.c',
  notModelled: '! --chunk-types of a packet with a chunk that cannot be read: the kernel goes by the rule and drops the packet then',
  compile(uses, context) {
    const clauses: Clause[] = [...readableHeader('SCTP')];
    const { sport, dport, chunks } = uses;
    if (sport) clauses.push({ text: optionText(options, uses, 'sport', context), negated: sport.negated, any: [within(FIELD.sport, sport.value)] });
    if (dport) clauses.push({ text: optionText(options, uses, 'dport', context), negated: dport.negated, any: [within(FIELD.dport, dport.value)] });
    if (chunks) {
      const { value, negated } = chunks;
      const broken = payloadClause({
        text: 'the chunks can be read',
        negated: false,
        wanted: 'chunks that can be read',
        operand: {},
        asks: (bytes) => (lookAtChunks(bytes, value) !== null ? true : negated ? null : false),
        saw: (bytes) => (chunkList(bytes) === '' ? NO_CHUNK : `a chunk that cannot be read behind ${chunkList(bytes)}`),
      });
      clauses.push(
        { ...broken, guard: true, ...(negated ? {} : { otherwise: 'drop' as const }) },
        payloadClause({
          text: optionText(options, uses, 'chunks', context),
          negated,
          wanted: chunkTypes.print(value, context),
          operand: { mode: value.mode, chunks: value.chunks },
          asks: (bytes) => lookAtChunks(bytes, value),
          saw: (bytes) => (chunkList(bytes) === '' ? NO_CHUNK : `the chunks ${chunkList(bytes)}`),
        }),
      );
    }
    return clauses;
  },
});

interface Chunk {
  readonly type: number;
  readonly flags: number;
}

/** The chunks in turn; null stands for one that cannot be read. */
function* chunksOf(bytes: Uint8Array): Generator<Chunk | null> {
  for (let at = 0; ; ) {
    const length = numberAt(bytes, at + 2, 2);
    if (at + 4 > bytes.length || length === 0) return yield null;
    yield { type: bytes[at] as number, flags: bytes[at + 1] as number };
    at += (length + 3) & ~3;
    if (at >= bytes.length) return;
  }
}

/** match_packet(); null: it comes to a chunk that it cannot read. */
function lookAtChunks(bytes: Uint8Array, { mode, chunks, flags }: ChunkTypes): boolean | null {
  const types = chunks === 'ALL' ? null : new Set(chunks === 'NONE' ? [] : chunks.map((place) => CHUNKS[place]?.[1] as number));
  const missing = new Set(types ?? Array.from({ length: 256 }, (_, type) => type));
  for (const chunk of chunksOf(bytes)) {
    if (!chunk) return null;
    const [mask, value] = flags.get(chunk.type) ?? [0, 0];
    const fits = (types === null || types.has(chunk.type)) && (chunk.flags & mask) === value;
    if (mode === 'any' && fits) return true;
    if (mode === 'only' && !fits) return false;
    if (fits) missing.delete(chunk.type);
  }
  return mode === 'all' ? missing.size === 0 : mode === 'only';
}

const NO_CHUNK = 'no chunk that can be read';

/** As far as they can be read. */
function chunkList(bytes: Uint8Array): string {
  const names: string[] = [];
  for (const chunk of chunksOf(bytes)) if (chunk) names.push(CHUNKS.find(([, number]) => number === chunk.type)?.[0] ?? String(chunk.type));
  return names.join(',');
}
