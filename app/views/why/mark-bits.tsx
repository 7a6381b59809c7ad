/** Mark tests and mark writes, bit by bit. */

import { BitGrid, bitCells, type BitCell } from '../../widgets/bit-grid.tsx';
import { bitList, hex } from '../../text/format.ts';
import { useWords } from '../page/app-context.ts';

function bits(value: number): string {
  return bitList(value).join(', ');
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
  const cared = (bit: number): boolean => ((mask >>> bit) & 1) === 1;
  const result: BitCell[] = Array.from({ length: 32 }, (_, i) => {
    const bit = 31 - i;
    const differs = ((wrong >>> bit) & 1) === 1;
    if (!cared(bit) && !differs) return { text: '·', tone: 'idle' };
    return differs ? { text: '✕', tone: 'bad' } : { text: '✓', tone: 'good' };
  });
  return (
    <>
      <BitGrid
        caption={text.caption({ field })}
        corner={text.bit}
        summary={wrong === 0 ? text.agrees : text.differs({ bits: bits(wrong) })}
        rows={[
          { label: field, cells: bitCells(saw, 0xffffffff, (bit, on) => (cared(bit) ? 'care' : on ? 'plain' : 'idle')), end: hex(saw) },
          { label: text.mask, cells: bitCells(mask, mask, () => 'care'), end: hex(mask) },
          { label: text.needs, cells: bitCells(value, mask | value, () => 'care'), end: hex(value) },
          { label: text.result, cells: result, end: words.why.holds[holds] },
        ]}
      />
      <p className="muted small">
        {wrong === 0 ? text.agrees : text.differs({ bits: bits(wrong) })} · <span className="mono">{negated ? text.formulaTestNegated : text.formulaTest}</span>
      </p>
    </>
  );
}

export function MarkWrite({ before, after, mask, value }: { before: number; after: number; mask: number; value: number }): React.ReactNode {
  const words = useWords();
  const text = words.why.bits;
  const changed = (before ^ after) >>> 0;
  return (
    <>
      <BitGrid
        caption={text.caption({ field: 'mark' })}
        corner={text.bit}
        summary={after === 0 ? text.none : text.set({ bits: bits(after) })}
        rows={[
          { label: text.before, cells: bitCells(before, 0xffffffff, (_, on) => (on ? 'plain' : 'idle')), end: hex(before) },
          { label: text.mask, cells: bitCells(mask, mask, () => 'care'), end: hex(mask) },
          { label: text.value, cells: bitCells(value, mask | value, () => 'care'), end: hex(value) },
          { label: text.after, cells: bitCells(after, 0xffffffff, (bit, on) => (((changed >>> bit) & 1) === 1 ? 'changed' : on ? 'plain' : 'idle')), end: hex(after) },
        ]}
      />
      <p className="muted small mono">{text.formulaWrite}</p>
    </>
  );
}

/** The mark as it stands, for the state panel. */
export function MarkNow({ before, after }: { before: number; after: number }): React.ReactNode {
  const words = useWords();
  const text = words.why.bits;
  const changed = (before ^ after) >>> 0;
  return (
    <BitGrid
      caption={text.caption({ field: 'mark' })}
      corner={text.bit}
      summary={after === 0 ? text.none : text.set({ bits: bits(after) })}
      rows={[{ label: 'mark', cells: bitCells(after, 0xffffffff, (bit, on) => (((changed >>> bit) & 1) === 1 ? 'changed' : on ? 'care' : 'idle')), end: hex(after) }]}
    />
  );
}
