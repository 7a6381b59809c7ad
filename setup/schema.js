/** Writes the published JSON Schemas, dist/schema/*.json, from the shapes in the built library. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { schemas } from '../dist/engine/index.js';

mkdirSync('dist/schema', { recursive: true });
for (const [name, schema] of Object.entries(schemas())) writeFileSync(`dist/schema/${name}`, `${JSON.stringify(schema, null, 2)}\n`);
