/** What is seen only once it is asked for: one chunk behind the page. Only `rest-parts.tsx` may import it. */

export { Chains } from '../rules/chains.tsx';
export { SetEntries } from '../rules/set-entries.tsx';
export { SourceText } from '../rules/source-text.tsx';
