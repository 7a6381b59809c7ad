/** A Subnet more: what it must have is asked for, everything else can be changed once it is there. */

import { useId, useState } from 'react';
import { changeByForm } from '../../actions/edit-cluster.ts';
import type { ShownForm } from '../../editor/cluster-form.ts';
import { isCidrBlock, isObjectName } from '../../store/cidr.ts';
import { Switch } from '../../widgets/switch.tsx';
import { useApp, useView } from '../page/app-context.ts';
import { useClusterWords } from './cluster-words.ts';
import type { Focus } from './issue.tsx';

const GATEWAY_TYPES = ['distributed', 'centralized'] as const;
const EMPTY = { name: '', cidrBlock: '', natOutgoing: true, gatewayType: 'distributed' as (typeof GATEWAY_TYPES)[number] };

/** What was opened comes into view: on a phone it lies below what can be seen. */
const reveal = (opened: HTMLElement | null): void => opened?.scrollIntoView({ block: 'nearest' });

export function NewSubnet({ form, focus }: { form: ShownForm; focus: Focus }): React.ReactNode {
  const app = useApp();
  const id = useId();
  const node = useView((state) => state.answer.cluster?.inForce?.node) ?? form.nodes[0] ?? '';
  const [open, setOpen] = useState(false);
  const [fields, setFields] = useState(EMPTY);
  const text = useClusterWords().newSubnet;
  const [name, cidrBlock] = [fields.name.trim(), fields.cidrBlock.trim()];
  const taken = form.subnets.some((subnet) => subnet.name === name);
  const nameFailure = name === '' ? null : taken ? text.taken({ name }) : isObjectName(name) ? null : text.nameHint;
  const cidrFailure = cidrBlock === '' || isCidrBlock(cidrBlock) ? null : text.cidrHint;
  const ready = name !== '' && cidrBlock !== '' && nameFailure === null && cidrFailure === null;
  const add = (): void => {
    if (!ready) return;
    focus.current = `[data-subnet="${CSS.escape(name)}"] input`;
    // A centralized Subnet without a gateway does nothing on any node.
    void changeByForm(app, { kind: 'add-subnet', subnet: { ...fields, name, cidrBlock, gatewayNode: fields.gatewayType === 'centralized' ? node : '' } });
    setFields(EMPTY);
    setOpen(false);
  };
  const field = (which: 'name' | 'cidrBlock', failure: string | null, example: string): React.ReactNode => (
    <div className="field" data-failed={failure !== null}>
      <label htmlFor={`${id}-${which}`} className="mono">
        {which}
      </label>
      <input
        id={`${id}-${which}`}
        className="mono"
        value={fields[which]}
        placeholder={example}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={failure !== null}
        aria-describedby={failure === null ? undefined : `${id}-${which}-failure`}
        onChange={(event) => setFields({ ...fields, [which]: event.target.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          add();
        }}
      />
      {failure !== null && (
        <p className="failure" id={`${id}-${which}-failure`}>
          {failure}
        </p>
      )}
    </div>
  );
  return (
    <div className="new-subnet">
      <button type="button" name="add-subnet" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        + {text.open}
      </button>
      {open && (
        <fieldset className="subnet" ref={reveal}>
          <legend>{text.title}</legend>
          <div className="new-subnet-fields">
            {field('name', nameFailure, 'net2')}
            {field('cidrBlock', cidrFailure, '10.0.12.0/24')}
          </div>
          <div className="subnet-line">
            <label className="check">
              <input type="checkbox" aria-label={text.natOutgoing} checked={fields.natOutgoing} onChange={(event) => setFields({ ...fields, natOutgoing: event.target.checked })} />
              <span className="mono">natOutgoing</span>
            </label>
            <Switch
              label={text.gatewayType}
              choices={GATEWAY_TYPES.map((one) => ({ id: one, label: one }))}
              chosen={fields.gatewayType}
              choose={(gatewayType) => setFields({ ...fields, gatewayType })}
            />
            <button type="button" className="button" aria-disabled={!ready} onClick={add}>
              {text.add}
            </button>
          </div>
        </fieldset>
      )}
    </div>
  );
}
