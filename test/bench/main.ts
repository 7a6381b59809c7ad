/**
 * `npm run bench`: builds this as the command line is built, so that what is measured is what runs, and prints tables.
 * Words after `--` choose parts: `npm run bench -- rules`, `npm run bench -- scale 20,000`.
 */

import { cpus } from 'node:os';
import { rules } from './rules.bench.ts';
import { scale } from './scale.bench.ts';

const [which, ...only] = process.argv.slice(2);
process.stdout.write(`${cpus()[0]?.model}, ${cpus().length} CPUs, Node.js ${process.version}\n`);
if (which === undefined || which === 'rules') await rules(only);
if (which === undefined || which === 'scale') scale(only);
