/** Where the page starts: makes the store and the worker, opens what the link says, keeps the link up to date. */

import { startTransition, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { chooseExample } from './actions/choose-example.ts';
import { createAddress } from './share/address.ts';
import { fetchExamples, findExample, shippedEntry } from './share/examples.ts';
import { keepDocument, keepEntry, keepSettings, keptDocument, keptEntry, keptSettings } from './share/kept.ts';
import { readLink, unpackDocument, type Link } from './share/link.ts';
import { keepForOffline } from './share/offline.ts';
import type { Recorder } from './share/recent.ts';
import { shippedFor } from './share/shipped.ts';
import { isOwnWork, type Document } from './store/document.ts';
import { INITIAL_STATE } from './store/initial-state.ts';
import { NODE_CHANGES } from './store/node-changes.ts';
import { inOneLanguage } from './store/one-language.ts';
import { createApp, type App } from './store/store.ts';
import { speaks } from './text/words.ts';
import { frameFor } from './views/page/frame.ts';
import { Page } from './views/page/page.tsx';
import { bringRest } from './views/page/rest-parts.tsx';
import { createClient } from './worker/client.ts';
import { withKnownWalks } from './worker/shipped.ts';
import { spawnWorker } from './worker/spawn.ts';

/** What the page opens on when nothing else is asked for. */
const FIRST_EXAMPLE = 'kube-ovn-installed/p43-policy-forward';
/** How long after a scenario is shown the engine is asked for, so that it does not compete with the page itself, in milliseconds. */
const ENGINE_PAUSE = 300;
/** How long after the start the browser is asked to keep the page, in milliseconds: by then the engine is here, too. */
const OFFLINE_PAUSE = 5000;
/** Most that the address waits for the page to be at rest, in milliseconds. */
const IDLE_MAY_TAKE = 200;
/** Most that a person waits with nothing but the verdict of the HTML, in milliseconds. */
const EARLY_STAYS = 2500;
/** Most that the page waits for those of its parts that come in a chunk of their own, in milliseconds. */
const REST_MAY_TAKE = 1500;
/** Most that a person waits for what the engine said to come in Chinese, before the rest of the page is, in milliseconds. */
const CHINESE_MAY_TAKE = 1500;

let chineseCame: (() => void) | null = null;

/** The page's own words. Where they cannot be loaded the page speaks English. */
async function bringChinese(): Promise<void> {
  try {
    await import('./text/languages.ts');
  } catch {
    app.say({ kind: 'language-failed', detail: '' });
  }
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const link = readLink(location.hash);
const settings = {
  ...INITIAL_STATE.settings,
  language: browserLanguage(),
  ...keptSettings(),
  ...(link?.language && { language: link.language }),
  ...(link?.theme && { theme: link.theme }),
};
const client = withKnownWalks(
  (onAnswer) => createClient(spawnWorker, onAnswer),
  shippedFor,
  (answer) => {
    app.take(answer);
    if (answer.kind === 'chinese') chineseCame?.();
  },
  (work) => setTimeout(() => ('requestIdleCallback' in globalThis ? requestIdleCallback(work) : work()), ENGINE_PAUSE),
);
if (settings.language === 'zh') client.chinese();
const app: App = inOneLanguage(createApp(client, { settings }, NODE_CHANGES), inChinese);
const address = createAddress(app.store.getState, { location: window.location, history: window.history, now: () => performance.now(), idle: whenIdle });

// The verdict that stands in the HTML stays until there is one of our own, or the page must say something else.
const words = settings.language === 'zh' ? bringChinese() : null;
let shown = false;
const show = async (): Promise<void> => {
  if (shown) return;
  shown = true;
  if (words) await words;
  const rest = bringRest();
  // Where there is room for them at once, they come at once.
  if (frameFor(window.innerWidth) !== 'phone') await Promise.race([rest, new Promise((resolve) => setTimeout(resolve, REST_MAY_TAKE))]);
  void list();
  const page = createRoot(root);
  // In slices: between them the browser is free.
  startTransition(() =>
    page.render(
      <StrictMode>
        <Page app={app} />
      </StrictMode>,
    ),
  );
};
if (root.querySelector('.early')) {
  app.store.subscribe(({ answer, notice }) => {
    if (answer.status === 'ready' || notice) void show();
  });
  setTimeout(() => void show(), EARLY_STAYS);
} else void show();

/** When the browser has nothing else to do, at the latest after a moment. */
function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, { timeout: IDLE_MAY_TAKE });
  else work();
}

/** The page's words are here, and so is what the engine said, unless that takes too long. False: they cannot be loaded. */
async function inChinese(): Promise<boolean> {
  const said = client.chinese()
    ? new Promise<void>((resolve) => {
        chineseCame = resolve;
        setTimeout(resolve, CHINESE_MAY_TAKE);
      })
    : null;
  await Promise.all([bringChinese(), said]);
  chineseCame = null;
  return speaks('zh');
}

function browserLanguage(): 'en' | 'zh' {
  return navigator.languages.find((language) => /^(en|zh)\b/.test(language))?.startsWith('zh') ? 'zh' : 'en';
}

async function start(): Promise<void> {
  app.store.subscribe(address.changed);
  keepWork();
  // Not `hashchange`: two entries with files of one's own may have one address.
  window.addEventListener('popstate', () => void follow(readLink(window.location.hash)));
  setTimeout(keepForOffline, OFFLINE_PAUSE);
  await follow(link);
}

let listed: Promise<void> | null = null;

/** The list of scenarios has come, or will not. It is asked for when it is needed, at the latest behind the first that is shown. */
function list(): Promise<void> {
  listed ??= fetchExamples().then(
    (examples) => app.know({ examples }),
    (error: unknown) => {
      app.know({ examples: [] });
      app.say({ kind: 'example-failed', detail: error instanceof Error ? error.message : String(error) });
    },
  );
  return listed;
}

/** Whether there is such a scenario. */
async function isExample(id: string): Promise<boolean> {
  if (await shippedEntry(id)) return true;
  await list();
  return findExample(app.store.getState().scenario.examples ?? [], id) !== undefined;
}

/** Opens what a link says. Of several that follow each other quickly the last one counts; what the person opens meanwhile counts more. */
async function follow(to: Link | null): Promise<void> {
  const way = address.follow();
  try {
    await open(to, way.latest);
  } finally {
    way.arrived();
  }
}

async function open(to: Link | null, latest: () => boolean): Promise<void> {
  const fragment = window.location.hash;
  const { opened } = app.store.getState().history;
  const wanted = (): boolean => latest() && app.store.getState().history.opened === opened;
  // A scenario that is still loading was asked for before this.
  app.know({ loading: null });
  if (to?.altitude) app.select({ altitude: to.altitude });
  if (to?.language) app.set({ language: to.language });
  if (to?.cluster) app.select({ clusterShown: true, panel: 'cluster' });
  const unknown = to === null ? (fragment.startsWith('#/') ? fragment.slice(0, 40) : '') : to.unknown.join(' ');
  if (to?.source.kind === 'packed' || to?.source.kind === 'own') {
    const document = to.source.kind === 'own' ? await workOfBefore() : await unpackDocument(to.source.data);
    if (!wanted()) return;
    if (document) {
      app.open(document, { step: to.step, rule: to.rule, part: to.part, packet: Math.min(to.packet, document.packets.length - 1), caused: to.caused });
      if (unknown !== '') app.say({ kind: 'unknown-link', detail: unknown });
      return;
    }
    await openFirst(wanted);
    return app.say({ kind: to.source.kind === 'own' ? 'own-link' : 'broken-link', detail: '' });
  }
  if (to?.source.kind === 'example') {
    const { id } = to.source;
    const there = await isExample(id);
    if (!wanted()) return;
    if (there) return chooseExample(app, id, to);
    await openFirst(wanted);
    return app.say({ kind: 'unknown-link', detail: id });
  }
  await openFirst(wanted);
  // What is packed otherwise than we know was packed by a page to come.
  if (unknown !== '') app.say({ kind: /^#\/x\/\d+\./.test(fragment) ? 'newer-link' : 'unknown-link', detail: unknown });
}

/** There is always something to look at: a link that cannot be opened takes nothing away. */
async function openFirst(wanted: () => boolean): Promise<void> {
  await isExample(FIRST_EXAMPLE);
  if (wanted() && app.store.getState().document.files.length === 0) await chooseExample(app, FIRST_EXAMPLE);
}

// --- The person's own work ----------------------------------------------------------------------------------------

/** The files that belong to this entry of the history; of a tab that was closed, or that had no room for them, what was kept last. */
async function workOfBefore(): Promise<Document | null> {
  const entry = address.entry() ?? keptEntry();
  const kept = entry === keptEntry() ? keptDocument() : null;
  if (kept && entry === null) return kept;
  const { adopt, lastOwn } = await import('./share/recent.ts');
  if (!kept) return lastOwn(entry).catch(() => null);
  adopt(kept, entry as string);
  return kept;
}

function keepWork(): void {
  /** The tab's own storage had no room: only the database can keep it. */
  let crowded = false;
  /** Other files wait to be kept. */
  let waiting = false;
  let recorder: Promise<Recorder> | null = null;
  const flush = (): void =>
    void recorder?.then(
      (one) => one.flush(),
      () => {},
    );
  const keep = (): void => {
    const { document } = app.store.getState();
    if (document.example === null) crowded = !keepDocument(document);
    // Packets alone are few: they wait their turn.
    if (waiting && crowded) flush();
    waiting = false;
  };
  app.store.subscribe((state, before) => {
    if (state.settings !== before.settings) keepSettings(state.settings);
    if (state.document === before.document) return;
    if (state.document.files === before.document.files) keep();
    else if (!waiting) {
      waiting = true;
      // In a task of its own: the one at hand draws what was opened.
      setTimeout(() => waiting && keep());
    }
    if (!recorder && !isOwnWork(state.document, state.scenario.opened)) return;
    const began = (id: string): void => {
      keepEntry(id);
      address.keptAs(id);
    };
    const failed = (): void => {
      if (crowded && app.store.getState().document.example === null) app.say({ kind: 'not-kept', detail: '' });
    };
    // It is asked for again with the next change.
    const gone = (): void => {
      recorder = null;
      failed();
    };
    recorder ??= new Promise((resolve) => setTimeout(resolve)).then(async () => (await import('./share/recent.ts')).createRecorder({ began, failed }));
    recorder.then((one) => one.changed(state, before), gone);
  });
  const leave = (): void => {
    if (waiting) keep();
    flush();
  };
  window.addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave());
}

// In a task of its own: to make all that the page's script says takes a slow processor as long as a task may.
setTimeout(() => void start());
