/** Programs of the operating system that some tests run: which are missing, and how to get them where we may. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each with the Debian package that holds it. */
const kernelTools = [
  { command: 'iptables', package: 'iptables' },
  { command: 'ipset', package: 'ipset' },
  { command: 'nft', package: 'nftables' },
  { command: 'conntrack', package: 'conntrack' },
  { command: 'ip', package: 'iproute2' },
  { command: 'python3', package: 'python3' },
];

/** @param {string} command */
function onPath(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, command)));
}

/** The tools of the kernel tests that are not there. */
export function missingKernelTools() {
  return kernelTools.filter((tool) => !onPath(tool.command));
}

/** True where packages can be installed without asking: root, on a system with apt-get. */
export function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get');
}

/**
 * Installs Debian packages. A failure is said and not fatal: whoever needs the program looks for it again.
 * @param {readonly string[]} packages
 */
export function install(packages) {
  console.log(`packetwalk: installing ${packages.join(', ')} for the tests`);
  const run = (/** @type {string[]} */ args) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0;
  const wanted = ['install', '-y', '--no-install-recommends', ...packages];
  if (!run(wanted) && !(run(['update']) && run(wanted))) console.warn(`packetwalk: apt-get could not install ${packages.join(', ')}`);
}
