/**
 * iptables and ipset in a network namespace of their own: text in, text out. Nothing is looked at on the way. The
 * namespace has no name and lives as long as the process that holds it, which ends with the test.
 */

import { spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface ToolAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Namespace {
  run(tool: string, args?: readonly string[], input?: string): ToolAnswer;
  /** As `run`, while others run too. */
  start(tool: string, args?: readonly string[], input?: string): Promise<ToolAnswer>;
  close(): void;
}

export async function openNamespace(): Promise<Namespace> {
  const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const path = `/proc/${holder.pid}/ns/net`;
  const own = readlinkSync('/proc/self/ns/net');
  for (let tries = 0; ; tries++) {
    if (readlinkSync(path) !== own) break;
    if (tries > 500) throw new Error('unshare made no namespace within five seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const env = { ...process.env, LC_ALL: 'C', XTABLES_LOCKFILE: join(tmpdir(), `packetwalk-tools-${process.pid}.lock`) };
  return {
    run(tool, args = [], input = '') {
      const { status, stdout, stderr, error } = spawnSync('nsenter', [`--net=${path}`, tool, ...args], { input, encoding: 'utf8', env, maxBuffer: 1 << 26 });
      if (error) throw error;
      return { ok: status === 0, stdout, stderr };
    },
    start(tool, args = [], input = '') {
      return new Promise((resolve, reject) => {
        const child = spawn('nsenter', [`--net=${path}`, tool, ...args], { env, stdio: 'pipe' });
        let stdout = '';
        let stderr = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          stdout += text;
        });
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
        });
        // It may refuse what it reads before it has read it all.
        child.stdin.on('error', () => {}).end(input);
        child.on('error', reject).on('close', (status) => resolve({ ok: status === 0, stdout, stderr }));
      });
    },
    close() {
      holder.stdin.end();
    },
  };
}
