/** What the form asks for, as plain data: the YAML, and whoever parses it, are in the worker. */

import { readForm, rulesPlace, withFields, withOption, withRuleField, type ClusterForm, type FormRule, type FormSubnet, type ShownForm } from './cluster-form.ts';
import { withoutSubnet, withSubnet, type NewSubnet } from './cluster-subnets.ts';
import { readClusterText, withItem, withoutItem, withSwapped, type Value } from './cluster-yaml.ts';

export type ClusterEdit =
  | { readonly kind: 'option'; readonly name: string; readonly value: Value | undefined }
  /** Fields of a Subnet; undefined takes one away. */
  | { readonly kind: 'fields'; readonly subnet: FormSubnet; readonly fields: Readonly<Record<string, Value | undefined>> }
  | { readonly kind: 'rule-field'; readonly subnet: FormSubnet; readonly index: number; readonly field: keyof FormRule; readonly value: string }
  | { readonly kind: 'add-rule'; readonly subnet: FormSubnet; readonly rule: Value }
  | { readonly kind: 'remove-rule'; readonly subnet: FormSubnet; readonly index: number }
  | { readonly kind: 'swap-rules'; readonly subnet: FormSubnet; readonly one: number; readonly other: number }
  | { readonly kind: 'add-subnet'; readonly subnet: NewSubnet }
  | { readonly kind: 'remove-subnet'; readonly subnet: FormSubnet };

export interface Edited {
  readonly text: string;
  readonly form: ShownForm;
}

/** Null while the text cannot be read. */
export function shownForm(text: string): ShownForm | null {
  const source = readClusterText(text);
  if (!source) return null;
  const { options, subnets, nodes } = readForm(source);
  return { options, subnets, nodes };
}

/** Null where the edit cannot be written into the text. */
export function editCluster(text: string, edit: ClusterEdit): Edited | null {
  const source = readClusterText(text);
  const next = source && written(readForm(source), edit);
  const form = next === null ? null : shownForm(next);
  return next === null || form === null ? null : { text: next, form };
}

function written(form: ClusterForm, edit: ClusterEdit): string | null {
  const { source } = form;
  switch (edit.kind) {
    case 'option':
      return withOption(form, edit.name, edit.value);
    case 'fields':
      return withFields(form, edit.subnet, edit.fields);
    case 'rule-field':
      return withRuleField(form, edit.subnet, edit.index, edit.field, edit.value);
    case 'add-rule':
      return withItem(source, rulesPlace(edit.subnet), edit.rule);
    case 'remove-rule':
      return withoutItem(source, rulesPlace(edit.subnet), edit.index);
    case 'swap-rules':
      return withSwapped(source, rulesPlace(edit.subnet), edit.one, edit.other);
    case 'add-subnet':
      return withSubnet(form, edit.subnet);
    case 'remove-subnet':
      return withoutSubnet(form, edit.subnet);
  }
}
