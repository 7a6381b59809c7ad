/** The whole page: fixed slots in which nothing moves on a step. Which slots there are depends on the room. */

import { useEffect, useLayoutEffect, useRef } from 'react';
import { ACTIONS } from '../../actions/index.ts';
import { actionForKey } from '../../actions/key-press.ts';
import { holdKey } from '../../actions/type-ahead.ts';
import { dropFiles } from '../../actions/open-files.ts';
import { hasOwnFiles } from '../../store/document.ts';
import type { App } from '../../store/store.ts';
import type { Panel } from '../../store/state.ts';
import { joiningWords } from '../../text/joining.ts';
import { Tabs } from '../../widgets/tabs.tsx';
import { PacketBuilder } from '../packet/packet.tsx';
import { Rules } from '../rules/rules.tsx';
import { Steps } from '../steps/steps.tsx';
import { Verdict } from '../verdict/verdict.tsx';
import { AppProvider, useApp, useView, useWords } from './app-context.ts';
import { Bar } from './bar.tsx';
import { Failsafe } from './failsafe.tsx';
import { Fetched } from './fetched.tsx';
import { frameFor, useRoom, type Frame } from './frame.ts';
import { useLook } from './look.ts';
import { Narration } from './narration.tsx';
import { NoticeLine } from './notice.tsx';
import { keyOwner, sliderMoves } from './own-keys.ts';
import { Later } from './later.tsx';
import { Working } from './working.tsx';
import { Overlays } from './overlays.tsx';
import { takePastes } from './paste.ts';
import { placesOf } from './places.ts';
import { Copies, Path, RuleProblems, StatePanel, Why } from './rest-parts.tsx';
import { useTurns } from './turns.ts';
import './tokens.css';
import './page.css';
import './containment.css';
import './bar.css';
import './overlays.css';
import '../../widgets/splitter.css';
import './forced-colors.css';
import './print.css';

export function Page({ app }: { app: App }): React.ReactNode {
  return (
    <Failsafe language={() => app.store.getState().settings.language}>
      <AppProvider app={app}>
        <Frames />
      </AppProvider>
    </Failsafe>
  );
}

function Frames(): React.ReactNode {
  const words = useWords();
  const box = useRef<HTMLDivElement>(null);
  const width = useRoom(box, window.innerWidth, true);
  const frame = frameFor(width);
  useKeys();
  useDrop();
  usePaste();
  useLinked();
  useDropText();
  useLook(`${words.title} – ${words.tagline}`);
  const withCluster = useView((state) => state.document.cluster && state.selection.clusterShown) && frame !== 'phone';
  // Said here and not asked for by `:has()`: that would be looked up anew with every element that a step brings.
  const editing = useView((state) => state.selection.editing) && frame === 'phone';
  const places = placesOf(useView((state) => state.settings.splits));
  const turn = useTurns(TURNS.length);
  const inTurn: InTurn = (area, part) => (turn > TURNS.indexOf(area) ? inOrder(area, part) : <div className={area} />);
  return (
    <div className="page" ref={box} data-frame={frame} data-cluster={withCluster}>
      <nav aria-label={words.skip.title}>
        {frame !== 'phone' && (
          <button type="button" className="skip" onClick={() => focusRegion('region-rules')}>
            {words.skip.rules}
          </button>
        )}
        <button type="button" className="skip" onClick={() => focusRegion('region-steps')}>
          {words.skip.steps}
        </button>
      </nav>
      {inTurn('bar', <Bar frame={frame} />)}
      <Overlays />
      <main className="main" data-editing={editing} data-split="columns" style={places}>
        <Verdict />
        <Panels frame={frame} width={width} withCluster={withCluster} inTurn={inTurn} complete={turn === TURNS.length} />
        {inTurn('steps', <Steps frame={frame} />)}
      </main>
      <NoticeLine />
      <Working />
      <Narration />
    </div>
  );
}

/** What comes after the verdict, in this order. */
const TURNS = ['bar', 'steps', 'rules', 'rules-body', 'path', 'why', 'packet', 'state'] as const;
/** A part when its turn has come; before, the place that it takes: nothing moves when it comes. */
type InTurn = (area: (typeof TURNS)[number], part: React.ReactNode) => React.ReactNode;

/** What shows another node after the verdict, the stop and its rules do. */
const LATER: readonly (typeof TURNS)[number][] = ['steps', 'packet', 'state', 'why', 'path'];

const inOrder = (area: (typeof TURNS)[number], part: React.ReactNode): React.ReactNode => (LATER.includes(area) ? <Later turn={LATER.indexOf(area) + 1}>{part}</Later> : part);

/** Below this width of the page a rule takes two lines beside the reasons. */
const ONE_LINE_RULES = 900;

/** What one can do about a rule, beside reading why. */
const WHY_TOOLS = { Copies, Problems: RuleProblems };

interface PanelsProps {
  readonly frame: Frame;
  /** Of the page. */
  readonly width: number;
  readonly withCluster: boolean;
  readonly inTurn: InTurn;
  /** Every part has had its turn. */
  readonly complete: boolean;
}

function Panels({ frame, width, withCluster, inTurn, complete }: PanelsProps): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const chosen = useView((state) => state.selection.panel);
  const hasCluster = useView((state) => state.document.cluster);
  // On a phone the packet takes the place of the panels while it is edited.
  const editing = useView((state) => state.selection.editing) && frame === 'phone';
  const narrow = frame === 'phone' || (withCluster && frame !== 'desktop');
  const panel = chosen === 'cluster' && !(frame === 'phone' && hasCluster) ? 'rules' : chosen;
  const panels: Readonly<Record<Panel, React.ReactNode>> = {
    path: inTurn('path', <Path frame={narrow ? 'phone' : withCluster ? 'laptop' : frame} />),
    rules: inTurn('rules', <Rules frame={frame} narrow={width < ONE_LINE_RULES} inTurn={(list) => inTurn('rules-body', list)} />),
    why: inTurn('why', <Why tools={WHY_TOOLS} />),
    state: inTurn('state', <StatePanel />),
    cluster: <ClusterSlot />,
  };
  // On a phone the cluster is open while its tab is: a link says so too.
  const choose = (id: Panel): void => app.select({ panel: id, ...(frame === 'phone' && { clusterShown: id === 'cluster' }) });
  const panelId = (id: Panel): string => `panel-${id}`;
  if (narrow)
    return (
      <>
        <PacketBuilder frame={frame} />
        {withCluster && panels.cluster}
        <div className="tabbed" hidden={editing}>
          <Tabs
            label={words.regions.rules}
            tabs={(['path', 'rules', 'why', 'state', ...(frame === 'phone' && hasCluster ? (['cluster'] as const) : [])] as const).map((id) => ({ id, label: words.tabs[id] }))}
            chosen={panel}
            choose={choose}
            panelId={panelId}
          />
          <div role="tabpanel" id={panelId(panel)} aria-labelledby={`tab-${panel}`} className="tab-panel">
            {panels[panel]}
          </div>
        </div>
      </>
    );
  const side: Panel = panel === 'state' ? 'state' : 'why';
  return (
    <>
      {panels.path}
      {frame === 'tablet' ? <PacketBuilder frame={frame} /> : inTurn('packet', <PacketBuilder frame={withCluster ? 'laptop' : frame} />)}
      {withCluster && panels.cluster}
      {panels.rules}
      {frame === 'tablet' || withCluster ? (
        <div className="side tabbed">
          <Tabs label={words.regions.why} tabs={(['why', 'state'] as const).map((id) => ({ id, label: words.tabs[id] }))} chosen={side} choose={choose} panelId={panelId} />
          <div role="tabpanel" id={panelId(side)} aria-labelledby={`tab-${side}`} className="tab-panel">
            {panels[side]}
          </div>
        </div>
      ) : (
        <div className="side" data-split="rows">
          {panels.why}
          {complete && <Fetched load={rowSplitter} props={{}} />}
          {panels.state}
          {complete && (frame === 'desktop' || frame === 'laptop') && <Fetched load={columnSplitter} props={{ frame, width }} />}
        </div>
      )}
    </>
  );
}

/** Lines that stand where they are until somebody moves them: they come when the panels beside them have, and where they cannot be had they stay. */
const rowSplitter = () => import('./splitters.tsx').then((part) => part.RowSplitter);
const columnSplitter = () => import('./splitters.tsx').then((part) => part.ColumnSplitter);

const cluster = () => import('../cluster/cluster.tsx').then((part) => part.default);

function ClusterSlot(): React.ReactNode {
  const app = useApp();
  const words = useWords();
  const loading = <section className="cluster cluster-message muted">{words.cluster.loading}</section>;
  return <Fetched load={cluster} props={{}} meanwhile={loading} giveUp={() => app.select({ clusterShown: false, panel: 'rules' })} />;
}

/** The fragment holds the link to the step, so these are buttons that move the focus, not links. */
function focusRegion(id: string): void {
  document.getElementById(id)?.querySelector<HTMLElement>('button, [tabindex="0"], input')?.focus();
}

function useKeys(): void {
  const app = useApp();
  // Whoever sees the page can step: effects of the other kind come after the paint.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const state = app.store.getState();
      const { overlay } = state.selection;
      // It was asked for, and is still being fetched: what is typed is for it.
      if (overlay !== null && !document.querySelector('dialog[open]')) {
        if (event.key === 'Escape') app.select({ overlay: null });
        else if (!holdKey(event, overlay)) return;
        return event.preventDefault();
      }
      const action = actionForKey(event, state.settings, ACTIONS);
      const owner = keyOwner(event);
      if (owner && !(action?.inFields && !owner.matches('dialog') && state.selection.overlay === null)) return;
      // A button is pressed by Space.
      if (event.key === ' ' && event.target instanceof Element && event.target.closest('button, a, summary')) return;
      if (sliderMoves(event, state) || !action?.available(state)) return;
      event.preventDefault();
      action.perform(app);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [app]);
}

function useDrop(): void {
  const app = useApp();
  useEffect(() => {
    const root = document.documentElement;
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      root.dataset.dropping = 'true';
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) delete root.dataset.dropping;
    };
    const drop = (event: DragEvent): void => {
      delete root.dataset.dropping;
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      dropFiles(app, event.dataTransfer.files);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [app]);
}

function usePaste(): void {
  const app = useApp();
  useEffect(() => takePastes(app), [app]);
}

/** What belongs together is found by what comes when something is first pointed at, or gets the focus. */
function useLinked(): void {
  const app = useApp();
  useEffect(() => {
    let end: (() => void) | null = null;
    let gone = false;
    const begin = (): void => {
      for (const kind of ['pointermove', 'focusin'] as const) document.removeEventListener(kind, begin);
      import('./linked.ts').then(
        ({ linkData }) => {
          if (!gone) end = linkData(app);
        },
        // Without it the page is whole.
        () => {},
      );
    };
    for (const kind of ['pointermove', 'focusin'] as const) document.addEventListener(kind, begin);
    return () => {
      gone = true;
      for (const kind of ['pointermove', 'focusin'] as const) document.removeEventListener(kind, begin);
      end?.();
    };
  }, [app]);
}

/** What stands over the page while files are dragged over it. No custom property of the root: each element would have its style reckoned anew. */
function useDropText(): void {
  const words = useWords();
  const joins = useView((state) => hasOwnFiles(state.document));
  const language = useView((state) => state.settings.language);
  const text = joins ? joiningWords(language).drop : words.bar.dropHere;
  useEffect(() => {
    document.body.dataset.dropText = text;
  }, [text]);
}
