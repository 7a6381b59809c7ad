/** The cluster that the node is made from: its YAML, and beside it a form that a worker reads from the same YAML. Loaded when it is first opened. */

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { clearChanges } from '../../actions/clear-changes.ts';
import type { ShownForm } from '../../editor/cluster-form.ts';
import { knownForm, onForms, readForm } from '../../store/desk.ts';
import type { ClusterPart } from '../../store/state.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { useClusterWords } from './cluster-words.ts';
import { useRoom } from '../page/frame.ts';
import { changesText } from '../verdict/changes-text.ts';
import { Changes } from './changes.tsx';
import { Form } from './form.tsx';
import { ClusterText } from './text.tsx';
import './cluster.css';

/** From this width on, in CSS pixels, form and text stand side by side. */
const WIDE = 600;
/** Longest text the form is made of, in characters: longer ones are changed as text. */
const LONGEST = 400_000;

/** How long the text rests before the form is read from it: each key of whoever types in it would be read otherwise, in milliseconds. */
const READ_PAUSE = 30;

const PARTS: readonly ClusterPart[] = ['form', 'text', 'changes'];

export default function Cluster(): React.ReactNode {
  const words = useWords();
  const cluster = useClusterWords();
  const app = useApp();
  const box = useRef<HTMLElement>(null);
  const wide = useRoom(box, 0) >= WIDE;
  const text = useView((state) => state.document.files[0]?.text ?? '');
  const part = useView((state) => state.selection.clusterPart);
  const changes = useView((state) => state.answer.changes);
  const { form, readable } = useForm(text);
  const shown: Readonly<Record<ClusterPart, React.ReactNode>> = {
    form:
      text.length > LONGEST ? (
        <p className="cluster-message muted">{cluster.long}</p>
      ) : (
        <ScrollBox className="cluster-form" aria-label={cluster.parts.form}>
          {!readable && <p className="cluster-message">{cluster.broken}</p>}
          {form && <Form form={form} readable={readable} />}
        </ScrollBox>
      ),
    text: <ClusterText />,
    changes: <Changes />,
  };
  return (
    <section className="cluster" id="region-cluster" aria-labelledby="cluster-title" ref={box} data-wide={wide}>
      <div className="panel-head">
        <h2 id="cluster-title" className="panel-title">
          {cluster.title}
        </h2>
        {!wide && <Switch label={cluster.title} choices={PARTS.map((id) => ({ id, label: cluster.parts[id] }))} chosen={part} choose={(id) => app.select({ clusterPart: id })} />}
        <button type="button" className="button cluster-clear" disabled={!changes} onClick={() => clearChanges.perform(app)}>
          {cluster.changes.clear}
        </button>
        <span className="cluster-count small">{changes ? changesText(changes, words) : ''}</span>
      </div>
      {wide ? (
        <div className="cluster-parts" data-changed={changes !== null}>
          {shown.form}
          {shown.text}
          {shown.changes}
        </div>
      ) : (
        shown[part]
      )}
    </section>
  );
}

/** The form of the text; until that is read, and while it cannot be, the form of the last text that could. */
function useForm(text: string): { readonly form: ShownForm | null; readonly readable: boolean } {
  const last = useRef<{ readonly form: ShownForm | null; readonly readable: boolean }>({ form: null, readable: true });
  const known = useSyncExternalStore(onForms, () => (text.length > LONGEST ? null : knownForm(text)));
  useEffect(() => {
    if (text.length > LONGEST || knownForm(text) !== undefined) return;
    const timer = setTimeout(() => void readForm(text).catch(() => {}), READ_PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  if (known !== undefined) last.current = { form: known ?? last.current.form, readable: known !== null };
  return last.current;
}
