"""The machine that the agent works on: its namespaces, its tools, its settings, and waiting for what it does late."""

import ctypes
import fcntl
import json
import os
import struct
import subprocess
import tempfile
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
# linux/time.h: a clock that moves on with every jiffy.
CLOCK_MONOTONIC_COARSE = 6
# linux/sockios.h, linux/if.h
SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40

HOME = os.open('/proc/self/ns/net', os.O_RDONLY)
ENVIRONMENT = dict(os.environ, LC_ALL='C', XTABLES_LOCKFILE=os.path.join(tempfile.gettempdir(), 'packetwalk-xtables-%d.lock' % os.getpid()))


class Refused(Exception):
    """The kernel or a tool would not have what it was given."""


def new_namespace():
    """Makes a network namespace, enters it and returns a handle on it."""
    if LIBC.unshare(CLONE_NEWNET) != 0:
        raise Refused('unshare: ' + os.strerror(ctypes.get_errno()))
    return os.open('/proc/self/ns/net', os.O_RDONLY)


def enter(namespace):
    if LIBC.setns(namespace, CLONE_NEWNET) != 0:
        raise Refused('setns: ' + os.strerror(ctypes.get_errno()))


def run(argv, text=None, check=True):
    done = subprocess.run(argv, input=text, capture_output=True, text=True, env=ENVIRONMENT)
    if check and done.returncode != 0:
        raise Refused('%s: %s' % (' '.join(argv), (done.stderr or done.stdout).strip()))
    return done.stdout


def run_batch(what, flags, lines):
    """Commands of ip(8), one a line; all are tried."""
    if not lines:
        return
    done = subprocess.run(['ip'] + flags + ['-force', '-batch', '-'], input='\n'.join(lines) + '\n', capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode != 0:
        raise Refused('%s: %s' % (what, done.stderr.strip()))


def write_sysctl(name, value):
    # A dot in an interface name is written as a slash, as sysctl(8) does.
    path = '/proc/sys/' + name.replace('.', '\0').replace('/', '.').replace('\0', '/')
    with open(path, 'w') as file:
        file.write(value)


def read_sysctls(patterns):
    lines = []
    for top in patterns:
        base = '/proc/sys/' + top.replace('.', '/')
        paths = []
        if os.path.isdir(base):
            for directory, _, files in os.walk(base):
                paths += [os.path.join(directory, name) for name in files]
        else:
            paths = [base]
        for path in sorted(paths):
            try:
                with open(path) as file:
                    value = file.read().strip()
            except OSError:
                continue
            parts = path[len('/proc/sys/'):].split('/')
            lines.append('%s = %s' % ('.'.join(part.replace('.', '/') for part in parts), value))
    return '\n'.join(lines) + '\n'


def wait_for_ticks(count):
    """Returns so many jiffies later, or a little more."""
    for _ in range(count):
        began = time.clock_gettime(CLOCK_MONOTONIC_COARSE)
        while time.clock_gettime(CLOCK_MONOTONIC_COARSE) == began:
            time.sleep(0.0004)


def wait_for_addresses():
    """An IPv6 address is tentative until a kernel worker has looked at it, even without duplicate detection."""
    for _ in range(500):
        with open('/proc/self/net/if_inet6') as file:
            if not any(int(line.split()[4], 16) & 0x40 for line in file):
                return
        time.sleep(0.001)


def read_limits():
    """Tables of the hashlimit match, by path."""
    tables = {}
    for directory in ('ipt_hashlimit', 'ip6t_hashlimit'):
        base = '/proc/self/net/' + directory
        for name in sorted(os.listdir(base)) if os.path.isdir(base) else []:
            with open(os.path.join(base, name)) as file:
                tables['/proc/net/%s/%s' % (directory, name)] = file.read()
    return tables


def wait_for_ports(interfaces):
    """A port of a bridge lets nothing through before a kernel worker has seen its carrier."""
    ports = [interface['name'] for interface in interfaces if interface.get('master') and interface.get('up', True)]
    for _ in range(100 if ports else 0):
        links = json.loads(run(['ip', '-j', 'link']))
        if all(link['operstate'] == 'UP' for link in links if link['ifname'] in ports):
            return
        time.sleep(0.005)


def wait_for_wires(sock, interfaces):
    """What is sent from a far end is lost before a kernel worker has seen its carrier (net/core/link_watch.c); on a busy machine that takes a while."""
    wires = [interface['name'] for interface in interfaces if not interface.get('create') and interface.get('up', True)]
    flags = lambda name: struct.unpack('16xH', fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack('16sH14x', name.encode(), 0))[:18])[0]
    for _ in range(1000 if wires else 0):
        if all(flags(name) & IFF_RUNNING for name in wires):
            return
        time.sleep(0.001)


def versions():
    def first(argv):
        try:
            return run(argv).strip().split('\n')[0]
        except (OSError, Refused):
            return None

    return {
        'kernel': os.uname().release,
        'iptables': first(['iptables-legacy', '--version']),
        'ipset': first(['ipset', '--version']),
        'ipvsadm': first(['ipvsadm', '--version']),
        'iproute': first(['ip', '-V']),
    }


def remove_lock():
    try:
        os.unlink(ENVIRONMENT['XTABLES_LOCKFILE'])
    except OSError:
        pass
