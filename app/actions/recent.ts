/** What was worked on before, as this browser keeps it. Not in the list of actions: views ask for the list and choose from it. */

import { readLink } from '../share/link.ts';
import { adopt, forgetRecent, listRecent, recentDocument, type RecentEntry } from '../share/recent.ts';
import type { App } from '../store/store.ts';
import { chooseExample } from './choose-example.ts';

export type { RecentEntry };
export { listRecent, forgetRecent };

/** False: it is not kept any more. */
export async function openRecent(app: App, entry: RecentEntry): Promise<boolean> {
  if (entry.link !== null) {
    const link = readLink(entry.link);
    if (link?.source.kind !== 'example') return false;
    await chooseExample(app, link.source.id, link);
    return true;
  }
  const document = await recentDocument(entry.id);
  if (!document) return false;
  const replaced = app.store.getState().document.files.length > 0;
  adopt(document, entry.id, entry.time);
  app.open(document);
  if (replaced) app.say({ kind: 'replaced', detail: '' });
  return true;
}
