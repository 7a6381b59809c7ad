/**
 * Where the page starts: what it is made of, and what is passed to what. What happens when a link is opened is in share/follow-link.ts, when
 * work is kept in share/keep-work.ts.
 */

import { chooseExample } from './actions/choose-example.ts';
import { createAddress } from './share/address.ts';
import { keepUnsaid, keptSettings, lendSettings, unsaidAt } from './share/kept.ts';
import { readLink } from './share/link.ts';
import { keepForOffline } from './share/offline.ts';
import { shippedFor } from './shipped/walks.ts';
import { INITIAL_STATE } from './store/initial-state.ts';
import { NODE_CHANGES } from './store/node-changes.ts';
import type { SettingsSlice } from './store/state.ts';
import { createApp, type App } from './store/store.ts';
import { showPage } from './views/page/show-page.tsx';
import { createClient } from './worker/client.ts';
import { withKnownWalks } from './worker/shipped.ts';
import { spawnWorker } from './worker/spawn.ts';
// Last, beside this file, which speaks of the same: so the script packs smaller.
import { createExampleList } from './shipped/example-list.ts';
import { linkFollower } from './share/follow-link.ts';
import { keepWork, workOfBefore } from './share/keep-work.ts';
import { inOneLanguage } from './store/one-language.ts';
import { createChinese } from './text/bring-chinese.ts';

/** What the page opens on when nothing else is asked for. */
const FIRST_EXAMPLE = 'kube-ovn-installed/p43-policy-forward';
/** How long after a scenario is shown the engine is asked for, so that it does not compete with the page itself, in milliseconds. */
const ENGINE_PAUSE = 300;
/** How long after the start the browser is asked to keep the page, in milliseconds: by then the engine is here, too. */
const OFFLINE_PAUSE = 5000;
/** Most that the address waits for the page to be at rest, in milliseconds. */
const IDLE_MAY_TAKE = 200;

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const settings = startSettings();
const client = withKnownWalks(
  (onAnswer) => createClient(spawnWorker, onAnswer),
  shippedFor,
  (answer) => {
    app.take(answer);
    if (answer.kind === 'chinese') chinese.said();
  },
  (work) => setTimeout(() => whenIdle(work), ENGINE_PAUSE),
);
const chinese = createChinese(client.chinese, () => app.say({ kind: 'language-failed', detail: '' }));
if (settings.language === 'zh') client.chinese();
const app: App = inOneLanguage(createApp(client, { settings }, NODE_CHANGES), chinese.all);
const address = createAddress(app.store.getState, {
  location: window.location,
  history: window.history,
  now: () => performance.now(),
  idle: (work) => whenIdle(work, { timeout: IDLE_MAY_TAKE }),
  unsaid: keepUnsaid,
});
const examples = createExampleList(app);
const follow = linkFollower({
  app,
  address,
  first: FIRST_EXAMPLE,
  hasExample: examples.has,
  choose: (id, link) => chooseExample(app, id, link),
  ownWork: () => workOfBefore(address),
});

// The list is asked for behind the first scenario, at the latest.
showPage(root, app, settings.language === 'zh' ? chinese.words() : null, () => void examples.bring());
// In a task of its own: to make all that the page's script says takes a slow processor as long as a task may.
setTimeout(start);

function start(): void {
  app.store.subscribe(address.changed);
  keepWork({ app, address, onLeave });
  onLeave(address.leave);
  // Not `hashchange`: two entries with files of one's own may have one address.
  window.addEventListener('popstate', () => void follow(window.location.hash));
  setTimeout(keepForOffline, OFFLINE_PAUSE);
  const { hash } = window.location;
  void follow(unsaidAt(hash) ?? hash);
}

/** The link's word counts most, then what was chosen before, then the browser's. */
function startSettings(): SettingsSlice {
  const link = readLink(window.location.hash);
  lendSettings(link);
  const language = navigator.languages.find((one) => /^(en|zh)\b/.test(one))?.startsWith('zh') ? 'zh' : 'en';
  return {
    ...INITIAL_STATE.settings,
    language,
    ...keptSettings(),
    ...(link?.language && { language: link.language }),
    ...(link?.theme && { theme: link.theme }),
  };
}

/** When the browser has nothing else to do. */
function whenIdle(work: () => void, most?: IdleRequestOptions): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, most);
  else work();
}

function onLeave(leave: () => void): void {
  window.addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave());
}
