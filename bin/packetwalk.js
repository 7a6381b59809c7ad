#!/usr/bin/env node
// What npm and npx start. It is in the repository, unlike the program it loads: npx links it before anything is built.

import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  console.error('packetwalk: the command line is not built yet: run "npm install" in the checkout');
  process.exitCode = 2;
}
