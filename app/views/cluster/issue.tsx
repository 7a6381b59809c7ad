/** What the parts of the form share: the word on a field that is wrong, and where the focus goes after a change. */

import type { RefObject } from 'react';
import type { ClusterIssue } from '../../store/state.ts';
import { useView, useWords } from '../page/app-context.ts';

/** Where the focus goes once the form shows the change: selectors, the first that is there. */
export type Focus = RefObject<string | null>;

/** What is wrong at a place or inside it; a document of null: whichever has it. */
export function Issue({ id, document, path }: { id: string; document: number | null; path: readonly (string | number)[] }): React.ReactNode {
  const words = useWords();
  const issues = useView((state) => state.answer.cluster?.issues ?? null);
  const isHere = (issue: ClusterIssue): boolean => (document === null || issue.document === document) && path.every((key, i) => issue.path[i] === key);
  const found = (issues ?? []).find((issue) => issue.severity !== 'note' && isHere(issue));
  if (!found) return null;
  return (
    <p className="failure" id={id} data-severity={found.severity}>
      {words.problemMessage(found).replace(/^(options|Subnet "[^"]*")(: |：)/, '')}
      {found.hint !== '' && <span className="muted"> — {words.problemHint(found)}</span>}
    </p>
  );
}
