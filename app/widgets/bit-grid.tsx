/**
 * A 32-bit grid: rows of cells in groups of four, above each group its hex digit, below it the numbers of its bits. Knows
 * nothing of what the bits mean.
 */

import { ScrollBox } from './scroll-box.tsx';
import './bit-grid.css';

export interface BitRow {
  readonly label: string;
  readonly cells: readonly BitCell[];
  /** Shown at the end: the value in hex, or a word. */
  readonly end: React.ReactNode;
}

export interface BitCell {
  readonly text: string;
  /** `care`: outlined; `idle`: dim; `good`, `bad`, `changed`: stand out. */
  readonly tone: 'plain' | 'care' | 'idle' | 'good' | 'bad' | 'changed';
}

const BITS = Array.from({ length: 32 }, (_, i) => 31 - i);
const NIBBLES = Array.from({ length: 8 }, (_, i) => 7 - i);

/** Cells of a plain value; bits outside `mask` are shown as dots. */
export function bitCells(value: number, mask = 0xffffffff, tone: (bit: number, on: boolean) => BitCell['tone'] = (_, on) => (on ? 'care' : 'plain')): readonly BitCell[] {
  return BITS.map((bit) => {
    const on = ((value >>> bit) & 1) === 1;
    const seen = ((mask >>> bit) & 1) === 1;
    return seen ? { text: on ? '1' : '0', tone: tone(bit, on) } : { text: '·', tone: 'idle' };
  });
}

interface BitGridProps {
  readonly caption: string;
  /** Said in words, for who does not see the cells. */
  readonly summary: string;
  /** What the digits above are, and their value. */
  readonly hex: { readonly label: string; readonly value: number };
  /** What the numbers below are. */
  readonly bit: string;
  /** `bits 19 to 16`. */
  readonly nibble: (bits: { readonly high: number; readonly low: number }) => string;
  readonly rows: readonly BitRow[];
}

export function BitGrid({ caption, summary, hex, bit, nibble, rows }: BitGridProps): React.ReactNode {
  return (
    <ScrollBox className="bits-scroll" aria-label={caption}>
      <table className="bits">
        <caption className="sr-only">
          {caption}. {summary}
        </caption>
        <thead>
          <tr>
            <th scope="col">{hex.label}</th>
            {NIBBLES.map((place) => (
              <th key={place} scope="colgroup" colSpan={4} className="bits-nibble" data-zero={((hex.value >>> (place * 4)) & 0xf) === 0}>
                <span className="sr-only">{nibble({ high: place * 4 + 3, low: place * 4 })}: </span>
                {((hex.value >>> (place * 4)) & 0xf).toString(16)}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
              {row.cells.map((cell, i) => (
                <td key={BITS[i]} data-tone={cell.tone} className={i % 4 === 0 ? 'bits-first' : undefined}>
                  {cell.text}
                </td>
              ))}
              <td className="bits-end">{row.end}</td>
            </tr>
          ))}
        </tbody>
        <tfoot aria-hidden="true">
          <tr>
            <th>{bit}</th>
            {NIBBLES.map((place) => (
              <td key={place} colSpan={4} className="bits-numbers">
                <span>
                  <span>{place * 4 + 3}</span>
                  <span className="bits-low">{place * 4}</span>
                </span>
              </td>
            ))}
            <td />
          </tr>
        </tfoot>
      </table>
    </ScrollBox>
  );
}
