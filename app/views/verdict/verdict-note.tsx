/** What is to be said beside the verdict: that it is an old one, what it was before, which packets it caused. */

import { showUnread } from '../../actions/show-problem.ts';
import { shownTrace } from '../../store/caused.ts';
import type { Fate } from '../../store/fate.ts';
import { isLate } from '../../store/late.ts';
import type { CausedView } from '../../store/state.ts';
import { isUnread, unreadIn } from '../../store/unread.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { causeName } from '../path/words.ts';
import { fateSentence } from './fate-words.ts';

export function VerdictNote({ fate }: { fate: Fate | null }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const stale = useView((state) => state.answer.stale);
  const status = useView((state) => state.answer.status);
  const failure = useView((state) => state.answer.failure);
  const refused = useView((state) => state.answer.refused);
  const was = useView((state) => state.answer.was);
  const unmade = useView((state) =>
    state.document.cluster && state.answer.cluster?.snapshot === null ? (state.answer.cluster.issues.find(({ severity }) => severity === 'error') ?? null) : null,
  );
  const unread = useView((state) => unreadIn(state).length);
  const problem = useView((state) => (isUnread(state) ? (unreadIn(state)[0] ?? null) : null));
  const running = status === 'running';
  const late = useView(isLate);
  if (status === 'failed' && refused)
    return (
      <p className="verdict-note" role="alert">
        {refused.packet === null
          ? words.notice.failed({ detail: words.problemMessage(refused) })
          : words.verdict.refused({ n: refused.packet + 1, message: words.problemMessage(refused) })}{' '}
        {words.problemHint(refused)}
      </p>
    );
  if (status === 'failed' && failure) return <p className="verdict-note">{words.notice.failed({ detail: words.engine({ text: failure }) })}</p>;
  if (unmade && !running) return <p className="verdict-note">{words.verdict.notGenerated({ message: words.problemMessage(unmade), earlier: stale })}</p>;
  if (stale && fate && !running) return <p className="verdict-note">{words.verdict.stale}</p>;
  if (stale && late) return <p className="verdict-note">{words.verdict.earlier}</p>;
  if (was && fate && fateSentence(was.fate, words) !== fateSentence(fate, words))
    return (
      <p className="verdict-note">
        {words.verdict.was({ text: fateSentence(was.fate, words) })}{' '}
        {was.difference !== null && (
          <button type="button" className="link" onClick={() => app.goTo(was.difference ?? 0)}>
            {words.verdict.firstDifference({ step: was.difference + 1 })}
          </button>
        )}
      </p>
    );
  if (stale) return null;
  return unread > 0 ? (
    <p className="verdict-note">
      <button type="button" className="link verdict-unread" onClick={() => showUnread(app)}>
        {problem ? words.rules.problemOf(problem) : words.verdict.unread({ count: unread })}
      </button>
    </p>
  ) : (
    <>
      <CausedNote />
      <AssumedNote />
    </>
  );
}

/** Where it goes and what it leaves as rests on addresses that nobody gave. */
function AssumedNote(): React.ReactNode {
  const words = useWords();
  const assumed = useView(({ answer }) =>
    answer.node?.isAssumed && answer.traces.length > 0 ? answer.node.interfaces.find(({ name, addresses }) => name !== 'lo' && addresses.length > 0) : undefined,
  );
  if (!assumed) return null;
  const said = words.verdict.assumed({ link: assumed.name, address: assumed.addresses[0] ?? '' });
  return (
    <p className="verdict-note" title={said}>
      {said}
    </p>
  );
}

/** Of a packet that another one caused: what it is, and the way back. The way there is on the map. */
function CausedNote(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const trace = useView(shownTrace);
  const caused = useView((state) => state.selection.caused);
  if (!trace || !('cause' in trace)) return null;
  return (
    <p className="verdict-note">
      {words.verdict.causedBy({ cause: causeName(trace as CausedView, words) })}{' '}
      <button type="button" className="link" onClick={() => app.follow(caused.slice(0, -1))}>
        {words.path.made.backToCause}
      </button>
    </p>
  );
}
