/** Mark tests and mark writes, bit by bit. */

import { memo } from 'react';
import { BitGrid, bitCells, type BitCell, type BitRow } from '../../widgets/bit-grid.tsx';
import { bitList, hex } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { useWords } from '../page/app-context.ts';

function bits(value: number, words: Words): string {
  return bitList(value).join(words.purpose.comma);
}

const bitOf = (value: number, bit: number): number => (value >>> bit) & 1;

/** Bits that differ are told one by one up to this many. */
const MOST_TOLD = 4;

function Bits({ field, value, summary, rows }: { field: string; value: number; summary: string; rows: readonly BitRow[] }): React.ReactNode {
  const text = useWords().why.bits;
  return <BitGrid caption={text.caption({ field })} summary={summary} hex={{ label: text.hex, value }} bit={text.bit} nibble={text.nibble} rows={rows} />;
}

export function MarkTest({
  field,
  saw,
  mask,
  value,
  holds,
  negated,
}: {
  field: string;
  saw: number;
  mask: number;
  value: number;
  holds: 'true' | 'false' | 'unknown';
  negated: boolean;
}): React.ReactNode {
  const words = useWords();
  const text = words.why.bits;
  const wrong = ((saw & mask) ^ value) >>> 0;
  const cared = (bit: number): boolean => bitOf(mask, bit) === 1;
  const result: BitCell[] = Array.from({ length: 32 }, (_, i) => {
    const bit = 31 - i;
    const differs = bitOf(wrong, bit) === 1;
    if (!cared(bit) && !differs) return { text: '·', tone: 'idle' };
    return differs ? { text: '✕', tone: 'bad' } : { text: '✓', tone: 'good' };
  });
  const told = bitList(wrong);
  const said =
    wrong === 0
      ? [text.agrees]
      : told.length <= MOST_TOLD
        ? told.map((bit) => words.whyNot.bit({ bit, needs: bitOf(value, bit), saw: bitOf(saw & mask, bit) }))
        : [text.differs({ bits: bits(wrong, words) })];
  return (
    <>
      <Bits
        field={field}
        value={saw}
        summary={said.join('. ')}
        rows={[
          { label: field, cells: bitCells(saw, 0xffffffff, (bit, on) => (cared(bit) ? 'care' : on ? 'plain' : 'idle')), end: hex(saw) },
          { label: text.mask, cells: bitCells(mask, mask, () => 'care'), end: hex(mask) },
          { label: text.needs, cells: bitCells(value, mask | value, () => 'care'), end: hex(value) },
          {
            label: text.result,
            cells: result,
            // In view it stands in the head of the test: the words may be longer than the panel is wide.
            end: <span className="sr-only">{words.why.holds[holds]}</span>,
          },
        ]}
      />
      {said.map((one) => (
        <p key={one} className="small bits-said">
          {one}
        </p>
      ))}
      <p className="muted small mono">{negated ? text.formulaTestNegated : text.formulaTest}</p>
    </>
  );
}

export function MarkWrite({ before, after, mask, value }: { before: number; after: number; mask: number; value: number }): React.ReactNode {
  const words = useWords();
  const text = words.why.bits;
  const changed = (before ^ after) >>> 0;
  const said = changed === 0 ? text.nothingFlips : text.flips({ on: bits(changed & after, words), off: bits(changed & before, words) });
  return (
    <>
      <Bits
        field="mark"
        value={after}
        summary={`${said}; ${after === 0 ? text.none : text.set({ bits: bits(after, words) })}`}
        rows={[
          { label: text.before, cells: bitCells(before, 0xffffffff, (bit, on) => (bitOf(mask, bit) === 1 ? 'care' : on ? 'plain' : 'idle')), end: hex(before) },
          { label: text.mask, cells: bitCells(mask, mask, () => 'care'), end: hex(mask) },
          { label: text.value, cells: bitCells(value, mask | value, () => 'care'), end: hex(value) },
          { label: text.after, cells: bitCells(after, 0xffffffff, (bit, on) => (bitOf(changed, bit) === 1 ? 'changed' : on ? 'plain' : 'idle')), end: hex(after) },
        ]}
      />
      <p className="small bits-said">{said}</p>
      <p className="muted small mono">{text.formulaWrite}</p>
    </>
  );
}

/** The mark as it stands, for the state panel: most steps leave it as it is, and it is not drawn again. */
export const MarkNow = memo(({ before, after }: { before: number; after: number }): React.ReactNode => {
  const words = useWords();
  const text = words.why.bits;
  const changed = (before ^ after) >>> 0;
  return (
    <Bits
      field="mark"
      value={after}
      summary={after === 0 ? text.none : text.set({ bits: bits(after, words) })}
      rows={[{ label: 'mark', cells: bitCells(after, 0xffffffff, (bit, on) => (bitOf(changed, bit) === 1 ? 'changed' : on ? 'care' : 'idle')), end: hex(after) }]}
    />
  );
});
