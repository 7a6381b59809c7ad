/** The bar at the top: which scenario, and what holds for the whole page. */

import { keys } from '../../actions/keys.ts';
import { language } from '../../actions/language.ts';
import { nextScenario, previousScenario } from '../../actions/next-scenario.ts';
import { openFiles } from '../../actions/open-files.ts';
import { redo } from '../../actions/redo.ts';
import { share } from '../../actions/share.ts';
import { showCluster } from '../../actions/show-cluster.ts';
import { showGallery } from '../../actions/show-gallery.ts';
import { showPalette } from '../../actions/show-palette.ts';
import { theme } from '../../actions/theme.ts';
import { undo } from '../../actions/undo.ts';
import type { Action } from '../../actions/action.ts';
import { knownEntry } from '../../store/document.ts';
import { isLoading } from '../../store/loading.ts';
import type { State } from '../../store/state.ts';
import type { Words } from '../../text/words.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { StepButton } from '../steps/step-button.tsx';
import { useApp, useView, useWords } from './app-context.ts';
import type { Frame } from './frame.ts';

export function Bar({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const own = useView((state) => state.settings.language);
  const chosen = useView((state) => state.scenario.loading ?? state.document.example);
  const theTheme = useView((state) => state.settings.theme);
  const galleryShown = useView((state) => state.selection.overlay === 'gallery');
  const title = useView((state) => titleOf(state, words));
  const hasCluster = useView((state) => state.document.cluster);
  const clusterShown = useView((state) => state.selection.clusterShown);
  const canUndo = useView(undo.available);
  const canRedo = useView(redo.available);
  return (
    <header className="bar">
      <h1 className="bar-title">{words.title}</h1>
      <div className="bar-scenario">
        {frame !== 'phone' && <StepButton action={previousScenario} icon="previous" className="button bar-side" />}
        <button
          type="button"
          className="button bar-choose"
          data-testid="scenario"
          data-scenario={chosen ?? ''}
          aria-haspopup="dialog"
          aria-expanded={galleryShown}
          aria-label={words.bar.scenarioButton({ title })}
          title={title}
          onClick={() => showGallery.perform(app)}
        >
          <span>{title}</span>
          <span aria-hidden="true">▾</span>
        </button>
        {frame !== 'phone' && <StepButton action={nextScenario} icon="next" className="button bar-side" />}
      </div>
      <BarButton action={openFiles} label={words.bar.openFiles} hint={words.bar.openFilesHint} icon="open" frame={frame} />
      {frame !== 'phone' && hasCluster && (
        <BarButton action={showCluster} label={words.bar.cluster} hint={words.bar.clusterHint} icon="cluster" frame={frame} pressed={clusterShown} />
      )}
      <span className="bar-space" />
      {frame !== 'phone' && <BarButton action={showPalette} label={words.bar.palette} hint={`${words.bar.palette} (Ctrl K)`} icon="search" frame={frame} opens />}
      {(frame !== 'phone' || canUndo) && <BarButton action={undo} icon="undo" frame={frame} laptop="icon" />}
      {(frame !== 'phone' || canRedo) && <BarButton action={redo} icon="redo" frame={frame} laptop="icon" />}
      {frame !== 'phone' && <BarButton action={share} label={words.bar.share} icon="link" frame={frame} opens />}
      <button type="button" className="button" lang={own === 'en' ? 'zh-Hans' : 'en'} onClick={() => language.perform(app)}>
        {frame === 'phone' ? (own === 'en' ? '中' : 'EN') : words.otherLanguage}
        {frame === 'phone' && <span className="sr-only">{words.otherLanguage}</span>}
      </button>
      <BarButton action={theme} label={words.bar.theme[theTheme]} icon={theTheme} frame={frame} laptop={words.bar.themeShort} />
      {frame !== 'phone' && <BarButton action={keys} label={words.bar.keys} icon="keys" frame={frame} laptop="icon" opens />}
      {frame === 'phone' && <BarButton action={showPalette} label={words.bar.more} icon="more" frame={frame} opens />}
    </header>
  );
}

interface BarButtonProps {
  readonly action: Action;
  readonly label?: string;
  readonly hint?: string;
  readonly icon: IconName;
  readonly frame: Frame;
  /** For a button that shows and hides something. */
  readonly pressed?: boolean;
  /** On a laptop's page: the icon alone, or a shorter label. */
  readonly laptop?: 'icon' | string;
  /** It opens a dialog. */
  readonly opens?: boolean;
}

function BarButton({ action, label, hint, icon, frame, pressed, laptop, opens }: BarButtonProps): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const available = useView(action.available);
  const said = label ?? action.label(words);
  const shown = frame === 'desktop' ? said : frame === 'laptop' && laptop !== 'icon' ? (laptop ?? said) : null;
  return (
    <button
      type="button"
      className="button"
      disabled={!available}
      title={hint ?? said}
      aria-label={shown === said ? undefined : shown === null || said.includes(shown) ? said : `${said} (${shown})`}
      aria-pressed={pressed}
      aria-haspopup={opens ? 'dialog' : undefined}
      onClick={() => action.perform(app)}
    >
      <Icon name={icon} />
      {shown !== null && <span>{shown}</span>}
    </button>
  );
}

/** What is on the page, by its name. */
function titleOf(state: State, words: Words): string {
  const { scenario, document, settings } = state;
  const chosen = scenario.loading ?? document.example;
  const entry = knownEntry(scenario, chosen);
  if (entry) return entry.title[settings.language];
  const [file, ...more] = document.files;
  if (!file) return isLoading(state) ? words.verdict.running : words.bar.chooseScenario;
  return more.length === 0 ? `${words.bar.ownFiles}${words.verdict.colon}${file.name}` : words.bar.ownFiles;
}
