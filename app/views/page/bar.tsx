/** The bar at the top: which scenario, and what holds for the whole page. */

import { copyLink } from '../../actions/copy-link.ts';
import { chooseExample } from '../../actions/choose-example.ts';
import { keys } from '../../actions/keys.ts';
import { language } from '../../actions/language.ts';
import { openFiles } from '../../actions/open-files.ts';
import { redo } from '../../actions/redo.ts';
import { theme } from '../../actions/theme.ts';
import { undo } from '../../actions/undo.ts';
import type { Action } from '../../actions/action.ts';
import type { ExampleEntry } from '../../store/state.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from './app-context.ts';
import type { Frame } from './frame.ts';

export function Bar({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const own = useView((state) => state.settings.language);
  const examples = useView((state) => state.scenario.examples);
  const chosen = useView((state) => state.scenario.loading ?? state.document.example);
  const theTheme = useView((state) => state.settings.theme);
  const hasFiles = useView((state) => state.document.files.length > 0);
  const canUndo = useView(undo.available);
  const canRedo = useView(redo.available);
  const groups = new Map<string, ExampleEntry[]>();
  for (const entry of examples ?? []) groups.set(entry.group[own], [...(groups.get(entry.group[own]) ?? []), entry]);
  return (
    <header className="bar">
      <h1 className="bar-title">{words.title}</h1>
      <div className="bar-scenario">
        <select data-testid="scenario" aria-label={words.bar.scenario} value={chosen ?? ''} onChange={(event) => void chooseExample(app, event.target.value)}>
          {chosen === null && <option value="">{hasFiles ? words.bar.ownFiles : words.bar.chooseScenario}</option>}
          {[...groups].map(([group, entries]) => (
            <optgroup key={group} label={group}>
              {entries.map((entry) => (
                <option key={entry.id} value={entry.id}>
                  {entry.title[own]}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
      <BarButton action={openFiles} label={words.bar.openFiles} hint={words.bar.openFilesHint} icon="open" frame={frame} />
      <span className="bar-space" />
      {(frame !== 'phone' || canUndo) && <BarButton action={undo} icon="undo" frame={frame} />}
      {(frame !== 'phone' || canRedo) && <BarButton action={redo} icon="redo" frame={frame} />}
      {frame !== 'phone' && <BarButton action={copyLink} label={words.bar.copyLink} icon="link" frame={frame} />}
      <button type="button" className="button" lang={own === 'en' ? 'zh-Hans' : 'en'} onClick={() => language.perform(app)}>
        {frame === 'phone' ? (own === 'en' ? '中' : 'EN') : words.otherLanguage}
        {frame === 'phone' && <span className="sr-only">{words.otherLanguage}</span>}
      </button>
      <BarButton action={theme} label={words.bar.theme[theTheme]} icon={theTheme} frame={frame} />
      {frame !== 'phone' && <BarButton action={keys} label={words.bar.keys} icon="keys" frame={frame} />}
    </header>
  );
}

function BarButton({ action, label, hint, icon, frame }: { action: Action; label?: string; hint?: string; icon: IconName; frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const available = useView(action.available);
  const said = label ?? action.label(words);
  const wide = frame === 'desktop' || frame === 'laptop';
  return (
    <button type="button" className="button" disabled={!available} title={hint ?? said} aria-label={wide ? undefined : said} onClick={() => action.perform(app)}>
      <Icon name={icon} />
      {wide && <span>{said}</span>}
    </button>
  );
}
