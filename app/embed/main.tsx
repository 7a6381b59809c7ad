/** Where an embed comes alive: the same store and views as the page, in one classic script, with state in memory only. */

import { createRoot } from 'react-dom/client';
import { INITIAL_STATE } from '../store/initial-state.ts';
import { createApp, type App } from '../store/store.ts';
import { embedWords } from '../text/embed.ts';
import '../text/languages.ts';
import type { Boot } from './boot.ts';
import { obey, selectOf, stepOf, verdictOf } from './commands.ts';
import { loadFiles, loadScript, type ScenarioData } from './data.ts';
import { Embed } from './embed.tsx';
import { loadEngine } from './engine-host.ts';
import { heightFor } from './frame-size.ts';
import { createHost } from './host.ts';
import { openScenario } from './open.ts';
import type { DrawPicture } from './picture-main.ts';
import { createPlay } from './play.ts';
import { createEmbedWalker } from './walker.ts';

const boot = (globalThis as { packetwalkBoot?: Boot }).packetwalkBoot;
if (!boot) throw new Error('broken promise: the HTML of the embed holds its start');
void boot.started.then(() => run(boot));

function run({ options, language, scenario, messages, handOver }: Boot): void {
  const walker = createEmbedWalker({ loadEngine, loadFiles }, (answer) => app.take(answer));
  const app: App = createApp(walker, { settings: { ...INITIAL_STATE.settings, language, theme: options.theme } });
  let shown: ScenarioData | null = null;
  let visible = true;
  const play = createPlay(app, () => visible && !document.hidden);
  const load = async (link: string): Promise<void> => {
    shown = (await openScenario(app, walker, link)) ?? shown;
  };

  const host = createHost(window, (message, reply) => obey(message, { app, play, load, shown: () => shown, loadPicture }, reply));
  const size = (): void => {
    const width = Math.round(document.documentElement.clientWidth);
    host.send({ type: 'resize', width, height: heightFor(width, options.panels.join(), options.controls) });
  };

  const root = document.getElementById('root');
  if (!root) throw new Error('broken promise: the HTML of the embed has a #root');
  const still = document.getElementById('still');
  const fail = (error: unknown): void => {
    const note = still?.querySelector('[role="status"]');
    if (note) note.textContent = embedWords(app.store.getState().settings.language).failed({ message: error instanceof Error ? error.message : String(error) });
  };
  const live = (): void => {
    still?.remove();
    handOver();
    window.addEventListener('message', (event) => host.receive(event));
    host.send({ type: 'ready' });
    size();
    for (const event of messages.splice(0)) host.receive(event);
    watch(app, host.send);
    followDifference(app);
    watchWidth(size);
    new IntersectionObserver(([entry]) => {
      visible = entry?.isIntersecting ?? true;
    }).observe(root);
  };

  const link = location.hash.startsWith('#/s/') ? location.hash : scenario;
  load(options.language === 'auto' ? link : `${link}${link.includes('?') ? '&' : '?'}lang=${options.language}`).then(
    () => {
      // The first that is painted is the whole figure: what stood in the HTML stays until then.
      // Should a view ever fail, that comes back, and says so: a figure is never blank.
      const onUncaughtError = (error: unknown): void => {
        if (still) document.body.prepend(still);
        fail(error);
      };
      createRoot(root, { onUncaughtError }).render(
        <Embed app={app} options={options} scenario={() => shown} onShown={live} openFull={(to) => host.send({ type: 'openFull', link: to })} />,
      );
    },
    (error: unknown) => {
      fail(error);
      host.send({ type: 'ready' });
    },
  );
}

async function loadPicture(): Promise<DrawPicture> {
  await loadScript('picture.js');
  const draw = (globalThis as { packetwalkPicture?: DrawPicture }).packetwalkPicture;
  if (!draw) throw new Error('picture.js draws no picture');
  return draw;
}

/** Tells the host what changes. */
function watch(app: App, send: ReturnType<typeof createHost>['send']): void {
  app.store.subscribe((state, before) => {
    const step = stepOf(state);
    if (step && (state.selection.step !== before.selection.step || state.answer.traces !== before.answer.traces || state.selection.packet !== before.selection.packet)) send(step);
    const verdict = verdictOf(state);
    if (verdict && (verdict.text !== verdictOf(before)?.text || state.answer.traces !== before.answer.traces)) send(verdict);
    if (state.selection.rule !== before.selection.rule) send(selectOf(state));
    if (state.answer.failure !== null && state.answer.failure !== before.answer.failure) send({ type: 'error', message: state.answer.failure });
    if (state.answer.refused !== null && state.answer.refused !== before.answer.refused) send({ type: 'error', message: state.answer.refused.message });
  });
}

/** Where the rule one was at is not come to by another packet, the figure shows where its way begins to differ: the note beside the verdict says that it does. */
function followDifference(app: App): void {
  app.store.subscribe(({ notice, answer: { was } }, before) => {
    if (notice?.kind !== 'moved' || notice === before.notice || was?.difference == null) return;
    const to = was.difference;
    // Whoever listens to the store hears of one change after the other.
    queueMicrotask(() => {
      app.goTo(to);
      app.say(null);
    });
  });
}

/** The height depends on the width alone, so it is said again only when that changed: nothing can grow by itself. */
function watchWidth(size: () => void): void {
  let width = Math.round(document.documentElement.clientWidth);
  window.addEventListener('resize', () => {
    const now = Math.round(document.documentElement.clientWidth);
    if (now !== width) size();
    width = now;
  });
}
