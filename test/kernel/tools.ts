/**
 * iptables and ipset in a network namespace of their own: text in, text out. Nothing is looked at on the way. The
 * namespace has no name and lives as long as the process that holds it, which ends with the test.
 */

import { spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ToolAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Namespace {
  run(tool: string, args?: readonly string[], input?: string): ToolAnswer;
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
    close() {
      holder.stdin.end();
    },
  };
}
