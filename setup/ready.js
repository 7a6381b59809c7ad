/**
 * Makes a checkout ready, so that `npm start` and `npm test` are enough on a fresh clone: `node setup/ready.js` before the
 * page, `node setup/ready.js tests` before the tests. It checks Node's version, installs the locked packages where they are
 * missing or out of date, and for the tests looks for Chromium and the kernel's tools. What only some tests need and cannot be had is
 * named, with the way out, and those tests are skipped.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chromiumHint, findChromium } from './chromium.js';
import { canInstall, install, missingKernelTools } from './system.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
  console.error(`packetwalk: node ${process.versions.node} is too old; it takes 20.19, 22.12 or newer`);
  process.exit(1);
}

/**
 * True if every package of the lock file that this machine must have is installed in that version. Times of files do not tell:
 * a checkout of another branch, or a copy, changes them at will.
 */
function installedAsLocked() {
  const hidden = 'node_modules/.package-lock.json';
  if (!existsSync(hidden)) return false;
  const locked = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(locked).every(([path, entry]) => path === '' || installed[path]?.version === entry.version || (entry.optional && !installed[path]));
}

if (!installedAsLocked()) {
  console.log('packetwalk: installing the packages that package-lock.json names');
  // npm tells its scripts where it lives; run by hand, it is looked up on the path.
  const npm = process.env.npm_execpath;
  const done = npm ? spawnSync(process.execPath, [npm, 'ci'], { stdio: 'inherit' }) : spawnSync('npm', ['ci'], { stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

if (process.argv[2] === 'tests') {
  if (!findChromium() && canInstall()) install(['chromium', 'fonts-dejavu-core']);
  if (!findChromium()) console.warn(`packetwalk: no Chromium: the browser tests will be SKIPPED; ${chromiumHint}`);
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.warn('packetwalk: not root on Linux: the tests against the real kernel will be SKIPPED');
  } else {
    const missing = missingKernelTools();
    if (missing.length > 0 && canInstall()) install(missing.map((tool) => tool.package));
    for (const tool of missingKernelTools())
      console.warn(`packetwalk: no "${tool.command}": the tests against the real kernel will be SKIPPED; install the package ${tool.package}`);
  }
}
