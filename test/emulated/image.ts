/**
 * The machine that is emulated: Debian's own kernel and an initramfs of the tools of this very system, with the harness's
 * agent in it. The kernel package is downloaded and unpacked, never installed; everything lies in .cache/emulated.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CACHE = join(HERE, '../../.cache/emulated');
const UNPACKED = join(CACHE, 'kernel');
const ROOT = join(CACHE, 'root');

/** Release series whose newest package is taken. */
const KERNEL_PACKAGE = '^linux-image-6\\.1\\.0-[0-9]+-amd64$';
/** Where Debian puts each tool that the machine, or making it, needs. */
const TOOLS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  cpio: 'cpio',
  depmod: 'kmod',
  modprobe: 'kmod',
  ipvsadm: 'ipvsadm',
  'xtables-legacy-multi': 'iptables',
  ipset: 'ipset',
  ip: 'iproute2',
  conntrack: 'conntrack',
  python3: 'python3',
};
/** Folders and files below lib/modules/RELEASE/kernel that the cases may ask for; what they depend on comes along. */
const MODULES =
  /^kernel\/(net\/(netfilter|ipv4\/netfilter|ipv6\/netfilter)\/|net\/bridge\/br_netfilter|net\/8021q\/|net\/ipv4\/(ipip|ip_gre)|net\/ipv6\/sit|drivers\/net\/(dummy|veth|geneve|vxlan|vrf|macvlan|ipvlan\/|bonding\/)|drivers\/virtio\/virtio_pci|drivers\/char\/virtio_console|crypto\/crc32c_generic)/;
/** Of the package's 400 MB, what is unpacked. */
const MODULE_FOLDERS = ['net', 'lib', 'crypto', 'arch/x86/crypto', 'drivers/net/vxlan', 'drivers/virtio', 'drivers/char', 'drivers/net'];
const AGENT_MODULES = 'ctypes, errno, json, os, select, socket, struct, subprocess, sys, tempfile, time, encodings.idna, encodings.ascii, encodings.latin_1';

export interface Image {
  readonly kernel: string;
  readonly initrd: string;
}

function output(command: string, args: readonly string[], options: { readonly cwd?: string; readonly input?: string } = {}): string {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.slice(0, 4).join(' ')}: ${done.stderr.trim().split('\n').at(-1)}`);
  return done.stdout;
}

function find(tool: string): string | null {
  const done = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${tool}`], { encoding: 'utf8' });
  return done.status === 0 ? done.stdout.trim() : null;
}

function path(tool: string): string {
  const found = find(tool);
  if (!found) throw new Error(`no "${tool}": install the package ${TOOLS[tool]}`);
  return realpathSync(found);
}

/** Null, or why this system cannot emulate and what to install. */
export function emulatorMissing(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `this is ${process.platform} on ${process.arch}, not Linux on x64`;
  const missing = Object.keys(TOOLS).filter((tool) => !find(tool));
  return missing.length === 0 ? null : `missing ${missing.join(', ')}: install the packages ${[...new Set(missing.map((tool) => TOOLS[tool]))].join(', ')}`;
}

/** The folder of modules and the kernel, downloaded once: one exact package of about 70 MB. */
function kernelFiles(): { release: string; kernel: string; modules: string } {
  if (!existsSync(join(UNPACKED, 'boot'))) {
    const number = (name: string): number => Number(/-(\d+)-amd64/.exec(name)?.[1]);
    const [name] = output('apt-cache', ['search', '--names-only', KERNEL_PACKAGE])
      .split('\n')
      .flatMap((line) => line.split(' ')[0] || [])
      .sort((a, b) => number(b) - number(a));
    if (!name) throw new Error(`apt-cache knows no package ${KERNEL_PACKAGE}: run apt-get update, on Debian 12`);
    mkdirSync(CACHE, { recursive: true });
    output('apt-get', ['download', name], { cwd: CACHE });
    const file = readdirSync(CACHE).find((one) => one.startsWith(`${name}_`));
    mkdirSync(UNPACKED, { recursive: true });
    const parts = ['boot/vmlinuz-*', 'lib/modules/*/modules.*', ...MODULE_FOLDERS.map((folder) => `lib/modules/*/kernel/${folder}/*`)];
    const tar = `tar -x -C '${UNPACKED}' --wildcards ${parts.map((part) => `'./${part}'`).join(' ')}`;
    output('sh', ['-c', `dpkg --fsys-tarfile '${file}' | ${tar}`], { cwd: CACHE });
    rmSync(join(CACHE, file as string));
  }
  const [release] = readdirSync(join(UNPACKED, 'lib/modules'));
  return { release: release as string, kernel: join(UNPACKED, 'boot', `vmlinuz-${release}`), modules: join(UNPACKED, 'lib/modules', release as string) };
}

/** The libraries that `ldd` names for programs and libraries. */
function libraries(files: readonly string[]): string[] {
  // A static program is no failure.
  const { stdout } = spawnSync('ldd', [...files], { encoding: 'utf8' });
  return [...new Set([...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] as string))];
}

/** The files of Python's standard library that the agent comes to need, and the interpreter. */
function pythonFiles(): { interpreter: string; files: string[] } {
  const program = `import ${AGENT_MODULES}, random, re
print(sys.executable)
for m in list(sys.modules.values()):
    for f in (getattr(m, '__file__', None), getattr(m, '__cached__', None)):
        if f and os.path.exists(f): print(f)`;
  const [interpreter, ...files] = output('python3', ['-c', program]).trim().split('\n');
  return { interpreter: interpreter as string, files: [...new Set(files)].filter((file) => !file.includes('site-packages')) };
}

function place(file: string, at = file): void {
  mkdirSync(join(ROOT, dirname(at)), { recursive: true });
  // Python goes by the time of a source to tell whether its compiled form is stale.
  cpSync(file, join(ROOT, at), { dereference: true, preserveTimestamps: true });
}

/** Modules with all they depend on. */
function copyModules(release: string, from: string): void {
  output('depmod', ['-b', UNPACKED, release]);
  const depends = new Map(
    readFileSync(join(from, 'modules.dep'), 'utf8')
      .split('\n')
      .map((line) => line.split(':') as [string, string?])
      .map(([name, list]) => [name, (list ?? '').split(' ').filter((one) => one !== '')]),
  );
  const wanted = new Set<string>();
  for (const [name, list] of depends) if (MODULES.test(name)) for (const one of [name, ...list]) wanted.add(one);
  for (const name of wanted) place(join(from, name), `lib/modules/${release}/${name}`);
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) if (existsSync(join(from, name))) place(join(from, name), `lib/modules/${release}/${name}`);
  output('depmod', ['-b', ROOT, release]);
}

/** Makes the image anew: a stale one would be worse than the two seconds. */
export function prepareImage(): Image {
  const { release, kernel, modules } = kernelFiles();
  rmSync(ROOT, { recursive: true, force: true });
  for (const folder of ['bin', 'sbin', 'usr/sbin', 'proc', 'sys', 'dev', 'etc', 'agent']) mkdirSync(join(ROOT, folder), { recursive: true });
  const { interpreter, files } = pythonFiles();
  const programs: Readonly<Record<string, string>> = {
    'usr/sbin/xtables-legacy-multi': path('xtables-legacy-multi'),
    'usr/sbin/ipset': path('ipset'),
    'usr/sbin/ipvsadm': path('ipvsadm'),
    'usr/sbin/conntrack': path('conntrack'),
    'sbin/ip': path('ip'),
    'sbin/modprobe': path('modprobe'),
    'bin/busybox': path('busybox'),
  };
  for (const [at, file] of Object.entries(programs)) place(file, at);
  for (const name of ['iptables-legacy', 'ip6tables-legacy'].flatMap((one) => [one, `${one}-save`, `${one}-restore`]))
    symlinkSync('xtables-legacy-multi', join(ROOT, 'usr/sbin', name));
  const [xtables] = output('sh', ['-c', 'ls -d /usr/lib/*/xtables']).trim().split('\n');
  const extensions = readdirSync(xtables as string).map((name) => join(xtables as string, name));
  const needed = libraries([...Object.values(programs), interpreter, ...extensions, ...files.filter((file) => file.endsWith('.so'))]);
  for (const file of new Set([interpreter, ...files, ...extensions, ...needed, '/etc/protocols', '/etc/services'])) place(file);
  copyModules(release, modules);
  cpSync(join(HERE, '../kernel/agent'), join(ROOT, 'agent'), { recursive: true });
  writeFileSync(join(ROOT, 'init'), readFileSync(join(HERE, 'init.sh'), 'utf8').replace('PYTHON', interpreter));
  chmodSync(join(ROOT, 'init'), 0o755);
  const initrd = join(CACHE, 'initrd');
  output('sh', ['-c', `find . | cpio --quiet -o -H newc > '${initrd}'`], { cwd: ROOT });
  return { kernel, initrd };
}

export const consoleFile = join(CACHE, 'console.log');
