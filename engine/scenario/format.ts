/** A scenario (`*.scenario.yaml`, formats §6) and what `packetwalk test --format json` prints about some, as shapes. */

import { environmentShape, packetShape } from '../model/packet-shape.ts';
import type { Packet } from '../model/packet.ts';
import { anything, choice, either, list, object, optional, orNull, recursive, text, truth, whole, type Fields, type Infer, type Shape } from '../model/shape.ts';
import type { OutcomeJson } from '../trace/format.ts';
import { ruleAddressShape, verdictShape } from '../trace/verdict-shape.ts';

/** Fields of the packet as it leaves, or, where the expected verdict lets nothing leave, as it was at the end of its walk. */
type ExpectedFields = Partial<Packet>;

export interface ExpectationJson extends ExpectedFields {
  readonly packet: number;
  readonly verdict?: OutcomeJson['verdict'];
  readonly out?: string | null;
  readonly by?: string | null;
  readonly reason?: string;
  readonly fires?: readonly string[];
  readonly not?: readonly string[];
}

export const PACKET_FIELDS: Fields = packetShape.definition.kind === 'object' ? packetShape.definition.fields() : {};

/** Every field of a packet, none of them required: what is left out may be anything. */
function expectedFields(): { readonly [K in keyof Packet]-?: Shape<Packet[K]> } {
  const fields = Object.entries(PACKET_FIELDS).map(([name, shape]) => [name, optional({ ...shape, about: 'As it leaves.' })]);
  return Object.fromEntries(fields) as { readonly [K in keyof Packet]-?: Shape<Packet[K]> };
}

const expectationShape: Shape<ExpectationJson> = recursive<ExpectationJson>(
  'Expectation',
  () => ({
    packet: whole(1, Number.MAX_SAFE_INTEGER, 'Position in `packets`, from 1.'),
    verdict: optional(verdictShape),
    out: optional(orNull(text(), 'Interface it leaves by; null: none.')),
    by: optional(orNull(ruleAddressShape, 'The rule or policy that decides.')),
    reason: optional(text('Why the stack lost it: no route, ttl exceeded…')),
    fires: optional(list(ruleAddressShape, 'Rules that all match this packet, and policies that all decide.')),
    not: optional(list(ruleAddressShape, 'Rules that do not match this packet, or are not reached.')),
    ...expectedFields(),
  }),
  'What is expected of one packet; whatever is left out may be anything.',
);

const titleShape = either([text(), object('Title', { en: text(), zh: optional(text()) })], 'What it shows.');

export const scenarioShape = object('Scenario', {
  title: titleShape,
  node: optional(either([text(), list(text())], 'Files of the node, from the scenario’s own folder.')),
  snapshot: optional(
    either(
      [text(), list(object('NodeFile', { name: text(), text: text() }))],
      'The snapshot itself, where there is no `node`; or several files of one node, or a cluster and what adds to it.',
    ),
  ),
  environment: optional(environmentShape),
  packets: list(packetShape),
  expect: optional(list(expectationShape)),
  page: optional(anything('What the page keeps with it, such as breakpoints: no walk looks at it.')),
});
export type ScenarioJson = Infer<typeof scenarioShape>;

const place = whole(1, Number.MAX_SAFE_INTEGER);

const failureShape = object(
  'ExpectationFailure',
  {
    field: text('Field of the expectation: verdict, src, fires…'),
    expected: anything(),
    actual: anything('Null if there is none.'),
    rule: orNull(ruleAddressShape, 'The rule or policy that decided; for `fires` and `not` the rule itself.'),
    text: text('The same as a sentence: what happened instead, and why.'),
  },
  'Something that was expected and is not so.',
);
export type ExpectationFailureJson = Infer<typeof failureShape>;

const judgementShape = object(
  'Judgement',
  {
    packet: whole(1, Number.MAX_SAFE_INTEGER, 'Position in `packets`, from 1.'),
    line: orNull(place, 'Where the expectation stands in the file.'),
    passed: truth(),
    expected: text('What was expected, in short.'),
    happened: text('How the walk ended, in short.'),
    failures: list(failureShape),
  },
  'One expectation, judged.',
);

const scenarioReportShape = object('ScenarioReport', {
  file: text(),
  title: orNull(titleShape),
  errors: list(
    object('ScenarioError', { file: text('The scenario, or a file of its node.'), line: orNull(place), column: orNull(place), message: text() }),
    'Why it cannot be run; empty if it can.',
  ),
  notes: list(text(), 'Defaults and blind spots that the answers rest on.'),
  expectations: list(judgementShape),
});

/** What `packetwalk test --format json` prints. */
export const testReportShape = object('TestReport', {
  format: choice([1]),
  passed: whole(0, Number.MAX_SAFE_INTEGER, 'Expectations that held.'),
  failed: whole(0, Number.MAX_SAFE_INTEGER, 'Expectations that did not.'),
  unreadable: whole(0, Number.MAX_SAFE_INTEGER, 'Scenarios that could not be run.'),
  scenarios: list(scenarioReportShape),
});
export type TestReportJson = Infer<typeof testReportShape>;
