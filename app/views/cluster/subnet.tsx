/** One Subnet in the form: natOutgoing, its gateways, its policy rules in their order. Field names and values are the API's own. */

import { useRef } from 'react';
import { changeByForm } from '../../actions/edit-cluster.ts';
import type { FormRule, FormSubnet, ShownForm } from '../../editor/cluster-form.ts';
import { gatewayNodeText, type FormGateway } from '../../editor/gateway-node.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { useApp, useView } from '../page/app-context.ts';
import { useClusterWords } from './cluster-words.ts';
import { Issue, type Focus } from './issue.tsx';
import { usePending } from './pending.ts';

const GATEWAY_TYPES = ['distributed', 'centralized'] as const;
const ACTIONS = ['nat', 'forward'] as const;

interface Props {
  readonly form: ShownForm;
  readonly subnet: FormSubnet;
  readonly focus: Focus;
}

/** Begins the names of controls, so that one can be found again after a change. */
const nameOf = ({ place }: FormSubnet): string => `subnet-${place.document}-${place.path.join('-')}`;

export function SubnetFields({ form, subnet, focus }: Props): React.ReactNode {
  const app = useApp();
  const text = useClusterWords();
  const shown = useView((state) => state.answer.cluster?.inForce?.node);
  const { name } = subnet;
  const key = nameOf(subnet);
  const [natOutgoing, check] = usePending(subnet.natOutgoing, (next) => changeByForm(app, { kind: 'fields', subnet, fields: { natOutgoing: next } }));
  const [gatewayType, chooseType] = usePending(subnet.gatewayType, (next) => {
    // A centralized Subnet without a gateway does nothing on any node.
    const first = next === 'centralized' && subnet.gateways.length === 0 ? (shown ?? form.nodes[0]) : undefined;
    return changeByForm(app, { kind: 'fields', subnet, fields: { gatewayType: next, ...(first !== undefined && { gatewayNode: first }) } });
  });
  const remove = (): void => {
    focus.current = '[name="add-subnet"]';
    void changeByForm(app, { kind: 'remove-subnet', subnet });
  };
  return (
    <fieldset className="subnet" data-subnet={name}>
      <legend>
        <span className="sr-only">{text.subnet({ name })}</span>
        <strong aria-hidden="true">{name}</strong>
      </legend>
      <p className="subnet-facts mono muted">
        {[subnet.protocol, ...subnet.cidrBlock.split(',')]
          .filter((word) => word !== '')
          .map((word) => (
            <span key={word}>{word}</span>
          ))}
        {subnet.vpc !== '' && <span>vpc {subnet.vpc}</span>}
      </p>
      <button type="button" className="button subnet-remove" aria-label={text.removeSubnet({ name })} title={text.removeSubnet({ name })} onClick={remove}>
        <Icon name="remove" />
      </button>
      <Issue id={`${key}-cidr-issue`} document={subnet.place.document} path={[...subnet.place.path, 'cidrBlock']} />
      <div className="subnet-line">
        <label className="check">
          <input type="checkbox" aria-label={text.natOutgoing({ subnet: name })} checked={natOutgoing} onChange={(event) => check(event.target.checked)} />
          <span className="mono">natOutgoing</span>
        </label>
        <Switch label={text.gatewayType({ subnet: name })} choices={GATEWAY_TYPES.map((id) => ({ id, label: id }))} chosen={gatewayType} choose={chooseType} />
      </div>
      {subnet.gatewayType === 'centralized' && <Gateways form={form} subnet={subnet} focus={focus} />}
      <PolicyRules subnet={subnet} focus={focus} />
    </fieldset>
  );
}

function Gateways({ form, subnet, focus }: Props): React.ReactNode {
  const app = useApp();
  const text = useClusterWords();
  const key = nameOf(subnet);
  const { nodes } = form;
  /** The whole list is one field: what was done before is part of what is done next. */
  const merge = useRef<string | undefined>(undefined);
  const [gateways, put] = usePending(subnet.gateways, (next) =>
    changeByForm(app, { kind: 'fields', subnet, fields: { gatewayNode: next.length === 0 ? undefined : gatewayNodeText(next) } }, merge.current),
  );
  const write = (next: readonly FormGateway[], joined?: string): void => {
    merge.current = joined;
    put(next);
  };
  const change = (at: number, gateway: Partial<FormGateway>, joined?: string): void =>
    write(
      gateways.map((one, i) => (i === at ? { ...one, ...gateway } : one)),
      joined,
    );
  const free = nodes.find((node) => !gateways.some((gateway) => gateway.node === node)) ?? nodes[0];
  return (
    <div className="subnet-list">
      <h4>
        {text.gateways} <span className="mono muted">gatewayNode</span>
      </h4>
      <ol>
        {gateways.map(({ node, address }, i) => {
          const at = { n: i + 1, subnet: subnet.name };
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a gateway is what stands at its place
            <li key={i} className="gateway">
              <select aria-label={text.gatewayNode(at)} value={node} onChange={(event) => change(i, { node: event.target.value })}>
                {[...new Set([...nodes, node])].map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
              <input
                className="mono"
                aria-label={text.gatewayAddress(at)}
                value={address}
                placeholder={text.addressHint}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => change(i, { address: event.target.value.replaceAll(',', '') }, `${key}:gateway:${i}`)}
              />
              <button
                type="button"
                className="button"
                aria-label={text.removeGateway(at)}
                title={text.removeGateway(at)}
                onClick={() => {
                  focus.current = `[name="${key}-add-gateway"]`;
                  write(gateways.filter((_, j) => j !== i));
                }}
              >
                <Icon name="remove" />
              </button>
            </li>
          );
        })}
      </ol>
      <Issue id={`${key}-gateway-issue`} document={subnet.place.document} path={[...subnet.place.path, 'gatewayNode']} />
      <button
        type="button"
        name={`${key}-add-gateway`}
        className="button"
        aria-label={text.addGatewayOf({ subnet: subnet.name })}
        disabled={free === undefined}
        onClick={() => write([...gateways, { node: free ?? '', address: '' }])}
      >
        + {text.addGateway}
      </button>
    </div>
  );
}

function PolicyRules({ subnet, focus }: Omit<Props, 'form'>): React.ReactNode {
  const app = useApp();
  const text = useClusterWords();
  const key = nameOf(subnet);
  const { rules, name } = subnet;
  const add = (): void => {
    focus.current = `[name="${key}-rule-${rules.length}-srcIPs"]`;
    const srcIPs = subnet.cidrBlock.split(',')[0]?.trim() ?? '';
    void changeByForm(app, { kind: 'add-rule', subnet, rule: { action: 'nat', match: { srcIPs } } });
  };
  const move = (from: number, to: number): void => {
    const way = to < from ? 'up' : 'down';
    focus.current = `[name="${key}-rule-${to}-${way}"]:not(:disabled)|[name="${key}-rule-${to}-${way === 'up' ? 'down' : 'up'}"]`;
    void changeByForm(app, { kind: 'swap-rules', subnet, one: from, other: to });
  };
  const remove = (index: number): void => {
    focus.current = `[name="${key}-rule-${index}-remove"]|[name="${key}-add-rule"]`;
    void changeByForm(app, { kind: 'remove-rule', subnet, index });
  };
  return (
    <div className="subnet-list">
      <h4 className="mono">natOutgoingPolicyRules</h4>
      {rules.length > 0 && (
        <ol>
          {rules.map((rule, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a rule is what stands at its place
            <li key={i} className="policy-rule">
              <span className="policy-number" aria-hidden="true">
                {i + 1}
              </span>
              <RuleAction subnet={subnet} index={i} rule={rule} />
              <RuleAddresses subnet={subnet} index={i} rule={rule} field="srcIPs" placeholder={text.anySource} />
              <RuleAddresses subnet={subnet} index={i} rule={rule} field="dstIPs" placeholder={text.anyDestination} />
              <span className="policy-buttons">
                <ListButton name={`${key}-rule-${i}-up`} label={text.ruleUp({ n: i + 1, subnet: name })} disabled={i === 0} perform={() => move(i, i - 1)}>
                  ↑
                </ListButton>
                <ListButton name={`${key}-rule-${i}-down`} label={text.ruleDown({ n: i + 1, subnet: name })} disabled={i === rules.length - 1} perform={() => move(i, i + 1)}>
                  ↓
                </ListButton>
                <ListButton name={`${key}-rule-${i}-remove`} label={text.removeRule({ n: i + 1, subnet: name })} perform={() => remove(i)}>
                  <Icon name="remove" />
                </ListButton>
              </span>
              <Issue id={`${key}-rule-${i}-issue`} document={subnet.place.document} path={[...subnet.place.path, 'natOutgoingPolicyRules', i]} />
            </li>
          ))}
        </ol>
      )}
      {rules.length === 0 && <p className="muted small">{text.noRules}</p>}
      <button type="button" name={`${key}-add-rule`} className="button" aria-label={text.addRuleOf({ subnet: name })} onClick={add}>
        + {text.addRule}
      </button>
    </div>
  );
}

interface RuleProps {
  readonly subnet: FormSubnet;
  readonly index: number;
  readonly rule: FormRule;
}

function RuleAction({ subnet, index, rule }: RuleProps): React.ReactNode {
  const text = useClusterWords();
  const app = useApp();
  const [action, choose] = usePending(rule.action, (value) => changeByForm(app, { kind: 'rule-field', subnet, index, field: 'action', value }));
  return (
    <select
      name={`${nameOf(subnet)}-rule-${index}-action`}
      aria-label={text.rule({ n: index + 1, subnet: subnet.name, field: 'action' })}
      value={action}
      onChange={(event) => choose(event.target.value)}
    >
      {[...new Set<string>([...ACTIONS, action])].map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  );
}

interface AddressProps extends RuleProps {
  readonly field: 'srcIPs' | 'dstIPs';
  readonly placeholder: string;
}

function RuleAddresses({ subnet, index, rule, field, placeholder }: AddressProps): React.ReactNode {
  const text = useClusterWords();
  const app = useApp();
  const key = nameOf(subnet);
  const [value, type] = usePending(rule[field], (next) => changeByForm(app, { kind: 'rule-field', subnet, index, field, value: next }, `${key}:${index}:${field}`));
  return (
    <input
      className="mono"
      name={`${key}-rule-${index}-${field}`}
      aria-label={text.rule({ n: index + 1, subnet: subnet.name, field })}
      aria-describedby={`${key}-rule-${index}-issue`}
      value={value}
      placeholder={placeholder}
      title={field}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      onChange={(event) => type(event.target.value)}
    />
  );
}

function ListButton({
  name,
  label,
  disabled = false,
  perform,
  children,
}: {
  name: string;
  label: string;
  disabled?: boolean;
  perform: () => void;
  children: React.ReactNode;
}): React.ReactNode {
  return (
    <button type="button" name={name} className="button" aria-label={label} title={label} disabled={disabled} onClick={perform}>
      {children}
    </button>
  );
}
