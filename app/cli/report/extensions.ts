/** `packetwalk help extensions`: what is modelled, from the declarations that read and print rules. */

import type { ExtensionDescription, OptionDescription } from '../../../engine/index.ts';

const KINDS = [
  ['match', 'matches (-m)'],
  ['target', 'targets (-j)'],
  ['set type', 'set types (ipset create)'],
] as const;

const walked = ({ notModelled }: ExtensionDescription): string => (notModelled.length === 0 ? 'walked' : `in part: ${notModelled.join('; ')}`);

export function extensionsText(all: readonly ExtensionDescription[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return [
    'What is modelled. Each of these is read and printed as iptables 1.8.9 and ipset 7.17 do it; what a walk does not know of one is unknown there, and said so.',
    ...KINDS.flatMap(([kind, title]) => [
      '',
      `${title}:`,
      ...all.filter((one) => one.kind === kind).map((one) => `  ${one.name.padEnd(width)}  ${one.families.join(' ')}  ${walked(one)}`),
    ]),
    '',
    'packetwalk help extensions NAME shows the options of one, and where it may stand.',
    '',
  ].join('\n');
}

export function extensionText(one: ExtensionDescription): string {
  const { kind, name, families, tables, hooks, protocols, options, notModelled, source } = one;
  const lead = kind === 'match' ? `-m ${name}` : kind === 'target' ? `-j ${name}` : kind === 'set type' ? `ipset create NAME ${name}` : 'the header of a rule';
  const names = options.map(optionName);
  const width = Math.max(0, ...names.map((text) => text.length));
  return [
    lead,
    '',
    `families   ${families.join(', ')}`,
    ...(kind === 'set type' ? [] : [`tables     ${tables?.join(', ') ?? 'all'}`, `hooks      ${hooks?.join(', ') ?? 'all'}`]),
    ...(protocols.length > 0 ? [`needs      ${protocols.map((protocol) => `-p ${protocol}`).join(' or ')}`] : []),
    `walked     ${notModelled.length === 0 ? 'yes' : 'in part'}`,
    ...notModelled.map((text) => `           not: ${text}`),
    `source     ${source}`,
    '',
    ...(options.length === 0 ? ['It has no options.'] : ['options:', ...options.map((option, i) => `  ${(names[i] as string).padEnd(width)}  ${optionMeaning(option)}`.trimEnd())]),
    '',
  ].join('\n');
}

const optionName = ({ name, value, invertible }: OptionDescription): string => `${invertible ? '[!] ' : ''}${name}${value === '' ? '' : ` ${value}`}`;

function optionMeaning({ help, aliases, required, repeatable, excludes }: OptionDescription): string {
  const more = [
    ...(aliases.length > 0 ? [`also ${aliases.join(', ')}`] : []),
    ...(required ? ['needed'] : []),
    ...(repeatable ? ['may be repeated'] : []),
    ...(excludes.length > 0 ? [`not with ${excludes.join(', ')}`] : []),
  ].join('; ');
  return more === '' ? help : help === '' ? more : `${help} (${more})`;
}
