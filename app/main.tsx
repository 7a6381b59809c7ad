/** Where the page starts: makes the store and the worker, opens what the link says, keeps the link up to date. */

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { chooseExample } from './actions/choose-example.ts';
import { fetchExamples } from './share/examples.ts';
import { keepDocument, keepSettings, keptDocument, keptSettings } from './share/kept.ts';
import { readLink, unpackDocument, writeLink, type Link } from './share/link.ts';
import { createApp, INITIAL_STATE, type App } from './store/store.ts';
import { Page } from './views/page/page.tsx';
import { createClient, type WorkerLike } from './worker/client.ts';

/** What the page opens on when nothing else is asked for. */
const FIRST_EXAMPLE = 'kube-ovn-installed/p43-policy-forward';
/** Browsers limit how often the address may be rewritten. */
const LINK_PAUSE = 300;

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const link = readLink(location.hash);
const settings = { ...INITIAL_STATE.settings, language: browserLanguage(), ...keptSettings(), ...(link?.language && { language: link.language }) };
const client = createClient(
  () => new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module' }) as unknown as WorkerLike,
  (answer) => app.take(answer),
);
const app: App = createApp(client, { settings });

createRoot(root).render(
  <StrictMode>
    <Page app={app} />
  </StrictMode>,
);
void start();

function browserLanguage(): 'en' | 'zh' {
  return navigator.languages.find((language) => /^(en|zh)\b/.test(language))?.startsWith('zh') ? 'zh' : 'en';
}

async function start(): Promise<void> {
  keepLinkUpToDate();
  app.store.subscribe((state, before) => {
    if (state.settings !== before.settings) keepSettings(state.settings);
    if (state.document !== before.document && state.document.example === null) keepDocument(state.document);
  });
  window.addEventListener('hashchange', () => void follow(readLink(location.hash)));
  const listed = fetchExamples().then(
    (examples) => app.know({ examples }),
    (error: unknown) => {
      app.know({ examples: [] });
      app.say({ kind: 'example-failed', detail: error instanceof Error ? error.message : String(error) });
    },
  );
  // Own files need no list of scenarios.
  if (!link || link.source.kind === 'example') await listed;
  await follow(link);
}

async function follow(to: Link | null): Promise<void> {
  if (to?.altitude) app.select({ altitude: to.altitude });
  if (to?.language) app.set({ language: to.language });
  if (to?.source.kind === 'packed' || to?.source.kind === 'own') {
    const document = to.source.kind === 'own' ? keptDocument() : await unpackDocument(to.source.data);
    if (document) return app.open(document, { step: to.step, rule: to.rule, packet: Math.min(to.packet, document.packets.length - 1) });
    app.say({ kind: 'unknown-link', detail: location.hash.slice(0, 40) });
  }
  if (to?.source.kind === 'example') return chooseExample(app, to.source.id, to);
  if (app.store.getState().document.files.length === 0) return chooseExample(app, FIRST_EXAMPLE);
}

function keepLinkUpToDate(): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  app.store.subscribe((state, before) => {
    if (state.document === before.document && state.selection === before.selection && state.settings === before.settings && state.answer === before.answer) return;
    if (timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      const now = app.store.getState();
      if (now.document.files.length === 0 || now.answer.traces.length === 0) return;
      const fragment = writeLink(now);
      if (fragment !== location.hash) history.replaceState(history.state, '', fragment);
    }, LINK_PAUSE);
  });
}
