/**
 * The JSON Schemas that the project publishes, by file name: formats §2-6, each made from the shape that the code itself
 * uses; but for two, agreed for answers that no command gives yet, which say so.
 */

import { diffReportShape, findReportShape } from '../analysis/format.ts';
import { packetsFileShape } from '../model/packet-shape.ts';
import { jsonSchema, type JsonSchema } from '../model/shape.ts';
import { checkReportShape, errorReportShape, traceReportShape } from '../trace/format.ts';
import { scenarioShape, testReportShape } from './format.ts';

export function schemas(): Readonly<Record<string, JsonSchema>> {
  return {
    'packets.json': jsonSchema(packetsFileShape, 'Packetwalk: packets'),
    'trace.json': jsonSchema(traceReportShape, 'Packetwalk: packetwalk trace --json'),
    'check.json': jsonSchema(checkReportShape, 'Packetwalk: packetwalk check --json'),
    'error.json': jsonSchema(errorReportShape, 'Packetwalk: input that cannot be used'),
    'find.json': jsonSchema(findReportShape, 'Packetwalk: answer to find, which no command gives yet'),
    'diff.json': jsonSchema(diffReportShape, 'Packetwalk: answer to diff, which no command gives yet'),
    'scenario.json': jsonSchema(scenarioShape, 'Packetwalk: scenario'),
    'test.json': jsonSchema(testReportShape, 'Packetwalk: packetwalk test --format json'),
  };
}
