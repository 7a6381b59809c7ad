/** What a rule, a set or a mark is for: its row, in whose words, since when, and which objects ask for it. */

import { memo } from 'react';
import { alsoPassed, isNumbered, markOf, rowName, rowOf, setOf } from '../../store/purpose.ts';
import type { Bilingual, MarkSummary, Reading, RowSummary, RuleSummary, SetSummary } from '../../store/state.ts';
import { hex } from '../../text/format.ts';
import { wordsOf, type Words } from '../../text/words.ts';
import { useView, useWords } from '../page/app-context.ts';
import './purpose.css';

function useSaid(): (text: Bilingual) => string {
  // The words tell the language without asking the store: a list has one of these in every row.
  const language = useWords() === wordsOf('en') ? 'en' : 'zh';
  return (text) => text[language];
}

/** The row's id; whoever points at it is told what the Why panel says of it, too. */
function RowChip({ row }: { row: RowSummary }): React.ReactNode {
  const words = useWords();
  const said = useSaid();
  return (
    <span className="row-chip" title={isNumbered(row) ? words.purpose.row({ id: row.id, since: row.since, condition: said(row.condition) }) : undefined}>
      {rowName(row.id)}
    </span>
  );
}

/** What the rule is for, and for which objects. */
export const RuleTitle = memo(({ rule }: { rule: RuleSummary }): React.ReactNode => {
  const words = useWords();
  const row = useView((state) => rowOf(state.answer.node, rule));
  if (!row) return null;
  return (
    <>
      <RowChip row={row} />
      <span className="row-title">{titleText(rule, row, words)}</span>
    </>
  );
});

export function titleText({ purpose }: RuleSummary, { title }: RowSummary, words: Words): string {
  const language = words === wordsOf('en') ? 'en' : 'zh';
  return words.purpose.said({ title: title[language], objects: purpose ? purpose.objects[language] : '' });
}

/** All that is known of a rule. */
export function RuleDetails({ rule }: { rule: RuleSummary }): React.ReactNode {
  const words = useWords();
  const said = useSaid();
  const row = useView((state) => rowOf(state.answer.node, rule));
  if (!row) return null;
  const because = rule.purpose ? said(rule.purpose.because) : '';
  const [purpose, title, condition] = [said(row.purpose), said(row.title), said(row.condition)];
  return (
    <>
      <h3 className="why-heading">{words.purpose.title}</h3>
      {purpose !== title && <p>{purpose}</p>}
      <dl className="row-facts">
        <Fact name={words.purpose.because}>{because === '' ? <span className="muted">{words.purpose.unknownBecause}</span> : because}</Fact>
        {condition !== '' && <Fact name={words.purpose.condition}>{condition}</Fact>}
        {row.since !== '' && <Fact name={words.purpose.since}>{row.since}</Fact>}
        {isNumbered(row) && <Fact name={words.purpose.id}>{words.purpose.idOf({ id: rowName(row.id) })}</Fact>}
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }): React.ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What a set holds, in a list of sets. */
export function SetPurposeLine({ set }: { set: SetSummary }): React.ReactNode {
  const said = useSaid();
  return set.purpose && <span className="purpose-line muted">{said(set.purpose.purpose)}</span>;
}

/** What the set of a test holds, and whose the entry is that decided. */
export function SetNote({ reading }: { reading: Reading }): React.ReactNode {
  const words = useWords();
  const said = useSaid();
  const set = useView((state) => setOf(state.answer.node, reading));
  if (!set?.purpose) return null;
  const because = said(set.purpose.because);
  return (
    <p className="purpose-note">
      {words.purpose.set({ set: set.name, purpose: said(set.purpose.purpose) })}
      {reading.entryOf && reading.entry !== undefined ? (
        <span className="purpose-line">{words.purpose.entry({ entry: reading.entry, because: said(reading.entryOf) })}</span>
      ) : (
        because !== '' && <span className="purpose-line">{words.purpose.setBecause({ because })}</span>
      )}
    </p>
  );
}

/** What a mark is for that a test asks for or a rule writes, and which other tests the packet's own mark passes. */
export function MarkNote({ option, packet }: { option: Pick<MarkSummary, 'value' | 'mask'>; packet: number }): React.ReactNode {
  const words = useWords();
  const said = useSaid();
  const node = useView((state) => state.answer.node);
  const row = markOf(node, option);
  if (!row) return null;
  const others = alsoPassed(node, packet, row);
  return (
    <p className="purpose-note">
      {words.purpose.mark({ mark: row.mask === row.value ? hex(row.value) : `${hex(row.value)}/${hex(row.mask)}`, purpose: said(row.purpose) })}
      <span className="purpose-line">{[rows(row.setBy, words.purpose.setBy, words), readers(row, words)].filter(Boolean).join(' · ')}</span>
      {others.length > 0 && (
        <span className="purpose-line">
          {words.purpose.also({
            mark: hex(packet),
            tests: others.map((other) => words.purpose.test({ mark: hex(other.value), rows: other.readBy.map(rowName).join(words.purpose.comma) })).join(words.purpose.and),
          })}
        </span>
      )}
    </p>
  );
}

function rows(ids: readonly string[], say: (slots: { rows: string }) => string, words: Words): string {
  return ids.length === 0 ? '' : say({ rows: ids.map(rowName).join(words.purpose.comma) });
}

function readers({ readBy }: MarkSummary, words: Words): string {
  return readBy.length === 0 ? words.purpose.readByNone : rows(readBy, words.purpose.readBy, words);
}
