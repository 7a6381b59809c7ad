#!/usr/bin/env node
/** Where the command line starts. */

import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

// A reader that has seen enough (`| head`) closes the pipe: not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal);
