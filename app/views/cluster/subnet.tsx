/** One Subnet in the form: natOutgoing, its gateways, its policy rules in their order. Field names and values are the API's own. */

import { editByForm } from '../../actions/edit-cluster.ts';
import {
  gatewayNodeText,
  rulesPlace,
  withField,
  withFields,
  withRuleField,
  type ClusterForm,
  type FormGateway,
  type FormRule,
  type FormSubnet,
} from '../../editor/cluster-form.ts';
import { withItem, withoutItem, withSwapped } from '../../editor/cluster-yaml.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { Issue, type Focus } from './issue.tsx';

const GATEWAY_TYPES = ['distributed', 'centralized'] as const;
const ACTIONS = ['nat', 'forward'] as const;

interface Props {
  readonly form: ClusterForm;
  readonly subnet: FormSubnet;
  readonly focus: Focus;
}

/** Begins the names of controls, so that one can be found again after a change. */
const nameOf = ({ place }: FormSubnet): string => `subnet-${place.document}-${place.path.join('-')}`;

export function SubnetFields({ form, subnet, focus }: Props): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const text = words.cluster;
  const shown = useView((state) => state.answer.cluster?.inForce?.node);
  const { name } = subnet;
  const key = nameOf(subnet);
  const chooseType = (gatewayType: FormSubnet['gatewayType']): void => {
    // A centralized Subnet without a gateway does nothing on any node.
    const first = gatewayType === 'centralized' && subnet.gateways.length === 0 ? (shown ?? form.nodes[0]) : undefined;
    editByForm(app, withFields(form, subnet, { gatewayType, ...(first !== undefined && { gatewayNode: first }) }));
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
      <Issue id={`${key}-cidr-issue`} document={subnet.place.document} path={[...subnet.place.path, 'cidrBlock']} />
      <div className="subnet-line">
        <label className="check">
          <input
            type="checkbox"
            aria-label={text.natOutgoing({ subnet: name })}
            checked={subnet.natOutgoing}
            onChange={(event) => editByForm(app, withField(form, subnet, 'natOutgoing', event.target.checked))}
          />
          <span className="mono">natOutgoing</span>
        </label>
        <Switch label={text.gatewayType({ subnet: name })} choices={GATEWAY_TYPES.map((id) => ({ id, label: id }))} chosen={subnet.gatewayType} choose={chooseType} />
      </div>
      {subnet.gatewayType === 'centralized' && <Gateways form={form} subnet={subnet} focus={focus} />}
      <PolicyRules form={form} subnet={subnet} focus={focus} />
    </fieldset>
  );
}

function Gateways({ form, subnet, focus }: Props): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const text = words.cluster;
  const key = nameOf(subnet);
  const { nodes } = form;
  const write = (gateways: readonly FormGateway[], merge?: string): void =>
    editByForm(app, withField(form, subnet, 'gatewayNode', gateways.length === 0 ? undefined : gatewayNodeText(gateways)), merge);
  const change = (at: number, gateway: Partial<FormGateway>, merge?: string): void =>
    write(
      subnet.gateways.map((one, i) => (i === at ? { ...one, ...gateway } : one)),
      merge,
    );
  const free = nodes.find((node) => !subnet.gateways.some((gateway) => gateway.node === node)) ?? nodes[0];
  return (
    <div className="subnet-list">
      <h4>
        {text.gateways} <span className="mono muted">gatewayNode</span>
      </h4>
      <ol>
        {subnet.gateways.map(({ node, address }, i) => {
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
                  write(subnet.gateways.filter((_, j) => j !== i));
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
        onClick={() => write([...subnet.gateways, { node: free ?? '', address: '' }])}
      >
        + {text.addGateway}
      </button>
    </div>
  );
}

function PolicyRules({ form, subnet, focus }: Props): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const text = words.cluster;
  const key = nameOf(subnet);
  const place = rulesPlace(subnet);
  const { rules, name } = subnet;
  const add = (): void => {
    focus.current = `[name="${key}-rule-${rules.length}-srcIPs"]`;
    const srcIPs = subnet.cidrBlock.split(',')[0]?.trim() ?? '';
    editByForm(app, withItem(form.source, place, { action: 'nat', match: { srcIPs } }));
  };
  const move = (from: number, to: number): void => {
    const way = to < from ? 'up' : 'down';
    focus.current = `[name="${key}-rule-${to}-${way}"]:not(:disabled)|[name="${key}-rule-${to}-${way === 'up' ? 'down' : 'up'}"]`;
    editByForm(app, withSwapped(form.source, place, from, to));
  };
  const remove = (index: number): void => {
    focus.current = `[name="${key}-rule-${index}-remove"]|[name="${key}-add-rule"]`;
    editByForm(app, withoutItem(form.source, place, index));
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
              <select
                name={`${key}-rule-${i}-action`}
                aria-label={text.rule({ n: i + 1, subnet: name, field: 'action' })}
                value={rule.action}
                onChange={(event) => editByForm(app, withRuleField(form, subnet, i, 'action', event.target.value))}
              >
                {[...new Set<string>([...ACTIONS, rule.action])].map((action) => (
                  <option key={action}>{action}</option>
                ))}
              </select>
              <RuleAddresses form={form} subnet={subnet} index={i} rule={rule} field="srcIPs" placeholder={text.anySource} />
              <RuleAddresses form={form} subnet={subnet} index={i} rule={rule} field="dstIPs" placeholder={text.anyDestination} />
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
              <Issue id={`${key}-rule-${i}-issue`} document={place.document} path={[...place.path, i]} />
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

interface AddressProps {
  readonly form: ClusterForm;
  readonly subnet: FormSubnet;
  readonly index: number;
  readonly rule: FormRule;
  readonly field: 'srcIPs' | 'dstIPs';
  readonly placeholder: string;
}

function RuleAddresses({ form, subnet, index, rule, field, placeholder }: AddressProps): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const key = nameOf(subnet);
  return (
    <input
      className="mono"
      name={`${key}-rule-${index}-${field}`}
      aria-label={words.cluster.rule({ n: index + 1, subnet: subnet.name, field })}
      aria-describedby={`${key}-rule-${index}-issue`}
      value={rule[field]}
      placeholder={placeholder}
      title={field}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      onChange={(event) => editByForm(app, withRuleField(form, subnet, index, field, event.target.value), `${key}:${index}:${field}`)}
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
