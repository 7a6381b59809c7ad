/** The form: every control shows what the YAML says and writes into it. */

import { useEffect, useRef } from 'react';
import { changeByForm } from '../../actions/edit-cluster.ts';
import type { ShownForm } from '../../editor/cluster-form.ts';
import { ownValue } from '../../store/questions.ts';
import type { ClusterSwitch } from '../../store/state.ts';
import { useApp, useView } from '../page/app-context.ts';
import { useClusterWords } from './cluster-words.ts';
import { Issue, type Focus } from './issue.tsx';
import { NewSubnet } from './new-subnet.tsx';
import { usePending } from './pending.ts';
import { SubnetFields } from './subnet.tsx';

const SELECTS = ['node', 'release', 'kubeProxy', 'kubeProxyChains', 'order', 'networkType'] as const;
const CHECKS = ['enableLb', 'enableTproxy'] as const;
/** More Subnets than this are changed in the YAML. */
const MOST_SUBNETS = 40;

export function Form({ form, readable }: { form: ShownForm; readable: boolean }): React.ReactNode {
  const text = useClusterWords();
  const box = useRef<HTMLFieldSetElement>(null);
  const focus: Focus = useRef<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the form is another one
  useEffect(() => {
    if (focus.current === null) return;
    const wanted = focus.current.split('|').map((selector) => box.current?.querySelector<HTMLElement>(selector));
    wanted.find((element) => element)?.focus();
    focus.current = null;
  }, [form]);
  return (
    <fieldset className="cluster-fields" disabled={!readable} ref={box}>
      <legend className="sr-only">{text.parts.form}</legend>
      <section aria-labelledby="cluster-switches">
        <h3 id="cluster-switches">{text.switches}</h3>
        <div className="cluster-switches">
          {SELECTS.map((name) => (
            <SwitchSelect key={name} form={form} name={name} />
          ))}
        </div>
        <div className="cluster-checks">
          {CHECKS.map((name) => (
            <SwitchCheck key={name} form={form} name={name} />
          ))}
        </div>
      </section>
      <section aria-labelledby="cluster-subnets">
        <h3 id="cluster-subnets">{text.subnets}</h3>
        {form.subnets.length === 0 && <p className="muted">{text.noSubnets}</p>}
        {form.subnets.slice(0, MOST_SUBNETS).map((subnet) => (
          <SubnetFields key={`${subnet.place.document}/${subnet.place.path.join('/')}`} form={form} subnet={subnet} focus={focus} />
        ))}
        {form.subnets.length > MOST_SUBNETS && <p className="muted">{text.moreSubnets({ count: form.subnets.length - MOST_SUBNETS })}</p>}
        <NewSubnet form={form} focus={focus} />
      </section>
    </fieldset>
  );
}

function SwitchSelect({ form, name }: { form: ShownForm; name: (typeof SELECTS)[number] }): React.ReactNode {
  const text = useClusterWords();
  const app = useApp();
  const cluster = useView((state) => state.answer.cluster);
  const id = `cluster-${name}`;
  const written = form.options[name];
  const [value, choose] = usePending(typeof written === 'string' || typeof written === 'number' ? String(written) : (cluster?.inForce?.[name] ?? ''), (next) =>
    changeByForm(app, { kind: 'option', name, value: next }),
  );
  const offered = name === 'node' ? form.nodes : (cluster?.choices[name] ?? []);
  const choices = [...new Set([...offered, value])].filter((choice) => choice !== '');
  const named: Readonly<Record<string, string>> = text.choices;
  return (
    <div className="field" data-field={name}>
      <label htmlFor={id}>{text.fields[name]}</label>
      <select id={id} value={value} title={`options.${name}`} aria-describedby={`${id}-issue`} onChange={(event) => choose(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {ownValue(named, choice) ?? choice}
          </option>
        ))}
      </select>
      <Issue id={`${id}-issue`} path={['options', name]} document={null} />
    </div>
  );
}

function SwitchCheck({ form, name }: { form: ShownForm; name: (typeof CHECKS)[number] & ClusterSwitch }): React.ReactNode {
  const text = useClusterWords();
  const app = useApp();
  const inForce = useView((state) => state.answer.cluster?.inForce?.[name]);
  const written = form.options[name];
  const [checked, check] = usePending(typeof written === 'boolean' ? written : inForce === 'true', (next) => changeByForm(app, { kind: 'option', name, value: next }));
  return (
    <label className="check" title={`options.${name}`}>
      <input type="checkbox" checked={checked} onChange={(event) => check(event.target.checked)} />
      <span>
        {text.fields[name]} <span className="mono muted">{name}</span>
      </span>
    </label>
  );
}
