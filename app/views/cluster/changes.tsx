/** What the last change of the cluster did to the node: rules by chain, sets by member, and which other sections differ. */

import { goToRuleAt } from '../../actions/go-to.ts';
import { stepAtRule } from '../../store/cursor.ts';
import type { ChainChange, RuleMark, SetChange } from '../../store/node-changes.ts';
import type { ClusterWords } from '../../text/cluster.ts';
import { changesText } from '../verdict/changes-text.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { useClusterWords } from './cluster-words.ts';

/** At most so many lines of a chain or set, and so many chains; the rest are counted. */
const MOST_LINES = 30;
const MOST_CHAINS = 60;

const GLYPH: Readonly<Record<RuleMark['kind'] | 'removed', string>> = { added: '+', changed: '±', moved: '⇅', removed: '−' };

export function Changes(): React.ReactNode {
  const words = useWords();
  const changes = useView((state) => state.answer.changes);
  const text = useClusterWords().changes;
  return (
    <ScrollBox className="cluster-changes" aria-labelledby="cluster-changes-title" data-testid="changes">
      <h3 id="cluster-changes-title">{text.title}</h3>
      {changes ? (
        <>
          <p className="small changes-said">{changesText(changes, words)}</p>
          {changes.sections.length > 0 && <p className="small">{text.sections({ names: changes.sections.join(', ') })}</p>}
          {changes.chains.slice(0, MOST_CHAINS).map((chain) => (
            <ChainLines key={`${chain.table}/${chain.chain}`} change={chain} />
          ))}
          {changes.chains.length > MOST_CHAINS && <p className="muted">{text.more({ count: changes.chains.length - MOST_CHAINS })}</p>}
          {changes.sets.slice(0, MOST_CHAINS).map((set) => (
            <SetLines key={set.name} change={set} />
          ))}
        </>
      ) : (
        <p className="muted small">{text.none}</p>
      )}
    </ScrollBox>
  );
}

interface Line {
  readonly key: string;
  readonly kind: keyof typeof GLYPH;
  readonly number: number;
  readonly text: string;
  /** What it was, or where. */
  readonly before: string;
}

/** In the order in which they stand or stood. */
function linesOf(change: ChainChange, text: ClusterWords['changes']): readonly Line[] {
  const marked = [...change.marks].map(([number, mark]) => ({
    at: number,
    key: `n${number}`,
    kind: mark.kind,
    number,
    text: change.texts.get(number) ?? '',
    before: mark.kind === 'changed' ? text.was({ text: mark.was }) : mark.kind === 'moved' ? text.moved({ from: mark.from }) : '',
  }));
  const removed = change.removed.map((rule) => ({ at: rule.before - 0.5, key: `r${rule.number}`, kind: 'removed' as const, number: rule.number, text: rule.text, before: '' }));
  return [...marked, ...removed].sort((a, b) => a.at - b.at);
}

function ChainLines({ change }: { change: ChainChange }): React.ReactNode {
  const app = useApp();
  const { trace } = useCurrent();
  const text = useClusterWords().changes;
  const lines = linesOf(change, text);
  return (
    <section className="change">
      <h4 className="mono">
        {change.table}/{change.chain}
        {change.chainIs !== 'kept' && <span className="muted"> {change.chainIs === 'added' ? text.newChain : text.goneChain}</span>}
      </h4>
      <ul>
        {lines.slice(0, MOST_LINES).map((line) => {
          const step = trace && line.kind !== 'removed' ? stepAtRule(trace, { table: change.table, chain: change.chain, rule: line.number }) : null;
          const place = `${change.table}/${change.chain}/${line.number}`;
          return (
            <li key={line.key} className="change-line" data-kind={line.kind}>
              <span aria-hidden="true" className="change-glyph">
                {GLYPH[line.kind]}
              </span>
              <span className="sr-only">{text[line.kind === 'moved' ? 'changed' : line.kind]} </span>
              {step === null ? (
                <span className="change-number">{line.number}</span>
              ) : (
                <button type="button" className="link change-number" aria-label={text.goTo({ place, step: step + 1 })} onClick={() => goToRuleAt(app, step, line.number)}>
                  {line.number}
                </button>
              )}
              <span className="mono change-text">
                {line.kind === 'removed' ? <del>{line.text}</del> : line.text}
                {line.before !== '' && <span className="muted change-before">{line.before}</span>}
              </span>
            </li>
          );
        })}
        {lines.length > MOST_LINES && <li className="muted">{text.more({ count: lines.length - MOST_LINES })}</li>}
      </ul>
    </section>
  );
}

function SetLines({ change }: { change: SetChange }): React.ReactNode {
  const app = useApp();
  const { trace } = useCurrent();
  const text = useClusterWords().changes;
  const visited = change.askedBy.flatMap((at) => {
    const step = trace && stepAtRule(trace, at);
    return step === null ? [] : [{ at, step, place: `${at.table}/${at.chain}/${at.rule}` }];
  });
  const lines = [...change.added.map((member) => ({ kind: 'added' as const, member })), ...change.removed.map((member) => ({ kind: 'removed' as const, member }))];
  return (
    <section className="change">
      <h4 className="mono">
        {change.name}
        {change.setIs !== 'kept' && <span className="muted"> {change.setIs === 'added' ? text.newSet : text.goneSet}</span>}
      </h4>
      <ul>
        {lines.slice(0, MOST_LINES).map(({ kind, member }) => (
          <li key={`${kind}${member}`} className="change-line" data-kind={kind}>
            <span aria-hidden="true" className="change-glyph">
              {GLYPH[kind]}
            </span>
            <span className="sr-only">{text[kind]} </span>
            <span className="mono change-text">{kind === 'removed' ? <del>{member}</del> : member}</span>
          </li>
        ))}
        {lines.length > MOST_LINES && <li className="muted">{text.more({ count: lines.length - MOST_LINES })}</li>}
      </ul>
      {visited.length > 0 && (
        <p className="small change-askers">
          {text.askedBy}{' '}
          {visited.slice(0, MOST_LINES).map(({ at, step, place }) => (
            <button key={place} type="button" className="link mono" aria-label={text.goTo({ place, step: step + 1 })} onClick={() => goToRuleAt(app, step, at.rule)}>
              {place}
            </button>
          ))}
        </p>
      )}
    </section>
  );
}
