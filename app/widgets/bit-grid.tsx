/** A 32-bit grid: rows of cells in groups of four, the hex digit beside each group. Knows nothing of what the bits mean. */

import { ScrollBox } from './scroll-box.tsx';
import './bit-grid.css';

export interface BitRow {
  readonly label: string;
  readonly cells: readonly BitCell[];
  /** Shown at the end: the value in hex, or a word. */
  readonly end: string;
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

export function BitGrid({ caption, corner, rows, summary }: { caption: string; corner: string; rows: readonly BitRow[]; summary: string }): React.ReactNode {
  return (
    <ScrollBox className="bits-scroll" aria-label={caption}>
      <table className="bits">
        <caption className="sr-only">
          {caption}. {summary}
        </caption>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {NIBBLES.map((nibble) => (
              <th key={nibble} scope="colgroup" colSpan={4} className="bits-nibble">
                {nibble * 4 + 3}–{nibble * 4}
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
      </table>
    </ScrollBox>
  );
}
