/** Answers to two questions that no command answers yet, find and diff, as they are agreed (formats §5): shapes for whoever writes against them. */

import { packetShape } from '../model/packet-shape.ts';
import { choice, list, object, orNull, tagged, text, truth } from '../model/shape.ts';
import { outcomeShape, ruleAddressShape } from '../trace/format.ts';

const exact = truth('False: something unknown, or a stated limit, stood in the way; then nothing claims proof.');
const notes = list(text());

const foundShape = object(
  'Found',
  { format: choice([1]), found: choice([true]), packets: list(packetShape, 'In order; the last one does it. Each has been walked.'), exact, notes },
  'A packet does it.',
);
const notFoundShape = object(
  'NotFound',
  { format: choice([1]), found: choice([false]), exact, because: list(object('Because', { rule: ruleAddressShape, says: text() })) },
  'No packet does it.',
);
export const findReportShape = tagged('FindReport', 'found', [foundShape, notFoundShape]);

export const diffReportShape = object('DiffReport', {
  format: choice([1]),
  exact,
  notes,
  differences: list(
    object('Difference', {
      packets: list(packetShape),
      where: text('Which packets differ in this way.'),
      before: outcomeShape,
      after: outcomeShape,
      first: object('FirstDifference', { before: orNull(ruleAddressShape), after: orNull(ruleAddressShape) }, 'Where the two walks part.'),
    }),
  ),
});
