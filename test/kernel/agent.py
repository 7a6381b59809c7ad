#!/usr/bin/env python3
"""The hands of the kernel tests inside a network namespace.

Reads one JSON request per line on standard input and answers with one JSON line each. It moves bytes and runs the
node's own tools; what the bytes mean is decided in TypeScript (kernel.ts, recording.ts). It needs root on Linux and
nothing outside Python's standard library.

Every node gets two fresh, unnamed namespaces: one for the node, one for its wires' far ends, which are bare sniffers.
Unnamed namespaces live only as long as this process holds them, so nothing is left behind however it ends.

The kernel's own trace (`-j TRACE`) is read from nfnetlink_log, bound for this namespace alone
(net.netfilter.nf_log.2 = nfnetlink_log): no shared kernel log, no lock, and every line comes with the packet's bytes
as they were at that rule (net/netfilter/nf_log.c nf_log_trace, nfnetlink_log.c, kernel 6.18).
"""

import ctypes
import errno
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time

# No __pycache__ in the source tree.
sys.dont_write_bytecode = True

from netlink import (  # noqa: E402
    ENTRY_DELETED, GROUP_CT_DESTROY, GROUP_CT_NEW, GROUP_CT_UPDATE, SO_RCVBUFFORCE, SUBSYS_CTNETLINK, SUBSYS_ULOG, Refused,
    dump_conntrack, messages, netlink_socket, read_entry, read_trace, trace_socket,
)

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000

# asm-generic/socket.h, linux/in.h, linux/in6.h: what Python's socket module does not name.
SO_ATTACH_FILTER, SO_MARK = 26, 36
IP_FREEBIND, IP_TRANSPARENT, IPV6_FREEBIND, IPV6_TRANSPARENT, IPV6_HDRINCL = 15, 19, 78, 75, 36
# linux/tcp.h
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
ETH_P_ALL = 3
PACKET_OUTGOING = 4
# linux/time.h: a clock that moves on with every jiffy.
CLOCK_MONOTONIC_COARSE = 6
# How long a silence must last before a packet's consequences are taken to be over.
SETTLE = 0.0005


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


# ---- what the harness adds to a node's rules ----

# Listener reports and IPv6 redirects of the node itself go when they like (redirects: one per second and peer, no
# sysctl turns them off) and would be counted by its rules: they end before any of them.
GUARDS = {
    'ipv4': ['PREROUTING -j TRACE', 'OUTPUT -j TRACE'],
    'ipv6': ['PREROUTING -j TRACE', 'OUTPUT -j TRACE', 'OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 143 -j DROP', 'OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 137 -j DROP'],
}


def with_guards(text, family):
    """The guards stand before everything: in table raw, which is loaded first, and again in the node's own raw table."""
    guards = ['-I ' + guard for guard in GUARDS[family]]
    lines = text.split('\n')
    if '*raw' in lines:
        commit = lines.index('COMMIT', lines.index('*raw'))
        lines[commit:commit] = guards
    return '\n'.join(['*raw'] + guards + ['COMMIT'] + lines)


def without_guards(save, had_raw):
    kept, table = [], ''
    guards = ['-A ' + guard for family in GUARDS for guard in GUARDS[family]]
    for line in save.split('\n'):
        if line.startswith('*'):
            table = line
        if line.startswith('#') or (table == '*raw' and (not had_raw or line in guards)):
            continue
        kept.append(line)
    return '\n'.join(kept)


# ---- sockets of the node ----


def attach_drop_filter(sock):
    """A socket filter that takes nothing: the stack finds a listener and answers neither RST nor port unreachable."""
    program = (ctypes.c_uint64 * 1)(struct.unpack('=Q', struct.pack('=HBBI', 0x06, 0, 0, 0))[0])
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack('@HP', 1, ctypes.addressof(program)))


# ---- who a process is ----


class ControlGroups:
    """Groups that rules ask for (net/netfilter/xt_cgroup.c): cgroup2 by path, net_cls by class id. They go with the agent."""

    def __init__(self):
        self.unified = self.mounted('cgroup2')
        self.classes = None
        self.made = []
        self.own_mount = None

    @staticmethod
    def mounted(kind, option=None):
        with open('/proc/self/mounts') as file:
            for line in file:
                _, place, found, options = line.split()[:4]
                if found == kind and (option is None or option in options.split(',')):
                    return place
        return None

    def make(self, directory):
        if not os.path.isdir(directory):
            self.make(os.path.dirname(directory))
            os.mkdir(directory)
            self.made.append(directory)
        return directory

    def path(self, group):
        if self.unified is None:
            raise Refused('cgroup2 is not mounted')
        return self.make(os.path.join(self.unified, group.strip('/')).rstrip('/'))

    def of_class(self, number):
        if self.classes is None:
            self.classes = self.mounted('cgroup', 'net_cls')
        if self.classes is None:
            self.own_mount = self.classes = tempfile.mkdtemp(prefix='packetwalk-net-cls-')
            run(['mount', '-t', 'cgroup', '-o', 'net_cls', 'net_cls', self.classes])
        if number == 0:
            return self.classes
        directory = self.make(os.path.join(self.classes, 'packetwalk-%d' % number))
        with open(os.path.join(directory, 'net_cls.classid'), 'w') as file:
            file.write(str(number))
        return directory

    @staticmethod
    def join(directory):
        with open(os.path.join(directory, 'cgroup.procs'), 'w') as file:
            file.write('0')

    def close(self):
        for directory in reversed(self.made):
            try:
                os.rmdir(directory)
            except OSError:
                pass
        if self.own_mount:
            subprocess.run(['umount', self.own_mount], check=False)
            os.rmdir(self.own_mount)


class Identity:
    """What a socket remembers of who opens it: user, groups and control group. The class is the process's own as long as it lives."""

    def __init__(self, who):
        self.who = who

    def __enter__(self):
        who = self.who
        if who.get('groups') is not None:
            self.groups = os.getgroups()
            os.setgroups(who['groups'])
        if who.get('cgroup') is not None:
            with open('/proc/self/cgroup') as file:
                self.home = [line[3:].strip() for line in file if line.startswith('0::')][0]
            GROUPS.join(GROUPS.path(who['cgroup']))
        # The owner match looks at the file system ids of who opened the socket (net/netfilter/xt_owner.c).
        if who.get('uid') is not None:
            LIBC.setfsuid(who['uid'])
        if who.get('gid') is not None:
            LIBC.setfsgid(who['gid'])

    def __exit__(self, *_):
        LIBC.setfsuid(0)
        LIBC.setfsgid(0)
        if self.who.get('groups') is not None:
            os.setgroups(self.groups)
        if self.who.get('cgroup') is not None:
            GROUPS.join(GROUPS.path(self.home))


RAW_PROTOCOLS = {socket.AF_INET: (1, 4, 6, 17, 33, 47, 50, 51, 59, 99, 108, 132, 136), socket.AF_INET6: (58, 6, 17, 33, 47, 50, 51, 99, 108, 132, 135, 136)}


class Node:
    """One node, built and ready to take packets."""

    def __init__(self, spec):
        self.spec = spec
        self.captures = []
        self.sockets = []
        self.fds = []
        self.senders = {}
        self.holders = []
        self.notes = []
        try:
            self.build(spec)
        except BaseException:
            self.close()
            raise

    def close(self):
        for sock in self.captures + self.sockets + list(self.senders.values()):
            sock.close()
        if hasattr(self, 'fingerprints'):
            run(['nfnl_osf', '-f', self.fingerprints.name, '-d'], check=False)
            self.fingerprints.close()
        for process, pipe in self.holders:
            os.close(pipe)
            os.waitpid(process, 0)
        for name in ('log', 'events', 'peers'):
            if hasattr(self, name):
                getattr(self, name).close()
        enter(HOME)
        for fd in self.fds:
            os.close(fd)

    def build(self, spec):
        self.peer_ns = new_namespace()
        self.fds.append(self.peer_ns)
        write_sysctl('net.ipv6.conf.all.disable_ipv6', '1')
        write_sysctl('net.ipv6.conf.default.disable_ipv6', '1')
        self.node_ns = new_namespace()
        self.fds.append(self.node_ns)
        for name, value in spec['base']:
            self.sysctl(name, value)
        self.make_interfaces(spec['interfaces'])
        for name, value in spec['sysctls']:
            self.sysctl(name, value)
        self.batch('addresses', [], spec['addresses'])
        wait_for_addresses()
        for family, flag in (('ipv4', '-4'), ('ipv6', '-6')):
            if spec['allRules']:
                run(['ip', flag, 'rule', 'flush'], check=False)
                run(['ip', flag, 'rule', 'del', 'priority', '0'], check=False)
            self.batch('rules', [flag], ['rule add ' + rule for rule in spec['rules'][family]])
            self.batch('routes', [flag], ['route add ' + route for route in spec['routes'][family]])
        self.batch('neighbours', [], spec['neighbours'])
        for line in spec['forwarding'] or []:
            run(['bridge', 'fdb', 'add'] + line.split())
        for group in spec['cgroups']:
            GROUPS.path(group)
        if spec['fingerprints']:
            file = tempfile.NamedTemporaryFile('w', suffix='.os')
            file.write(spec['fingerprints'])
            file.flush()
            run(['nfnl_osf', '-f', file.name])
            # They belong to the machine, not to a namespace: they go with the node.
            self.fingerprints = file
        for line in spec['accounting'] or []:
            run(['nfacct', 'add'] + line.split())
        if spec['ipset']:
            run(['ipset', 'restore'], spec['ipset'])
        if spec['nft'] and spec['nft']['first']:
            run(['iptables-nft-restore'], spec['nft']['iptables'])
        had_raw = {}
        # The guards of IPv6 first: a late group report that a tunnel wraps must not meet rules of IPv4.
        for family, tool in (('ipv6', 'ip6tables'), ('ipv4', 'iptables')):
            text = spec[tool]
            had_raw[family] = '*raw' in text.split('\n')
            run([tool + '-legacy-restore', '--counters'], with_guards(text, family))
        if spec['nft'] and not spec['nft']['first']:
            run(['iptables-nft-restore'], spec['nft']['iptables'])
        for name, line in spec['recent']:
            with open('/proc/self/net/xt_recent/' + name, 'w') as file:
                file.write(line + '\n')
        if spec['ipvs'] is not None:
            run(['ipvsadm', '--restore'], spec['ipvs'])
        wait_for_ports(spec['interfaces'])
        self.snapshot = self.take_snapshot()
        for family, name in (('ipv4', 'iptables-save'), ('ipv6', 'ip6tables-save')):
            self.snapshot[name] = without_guards(self.snapshot[name], had_raw[family])
        self.had_raw = had_raw
        self.names = {index: name for index, name in socket.if_nameindex()}
        self.log = trace_socket()
        for family in ('2', '10'):
            write_sysctl('net.netfilter.nf_log.' + family, 'nfnetlink_log')
        self.events = netlink_socket((GROUP_CT_NEW, GROUP_CT_UPDATE, GROUP_CT_DESTROY))
        self.events.setblocking(False)
        self.open_listeners(spec)
        enter(self.peer_ns)
        self.peers = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.peers.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.peers.setblocking(False)
        enter(self.node_ns)
        self.drain()

    def sysctl(self, name, value):
        try:
            write_sysctl(name, value)
        except OSError as error:
            self.notes.append('sysctl %s=%s: %s' % (name, value, error.strerror))

    def batch(self, what, flags, lines):
        if not lines:
            return
        done = subprocess.run(['ip'] + flags + ['-force', '-batch', '-'], input='\n'.join(lines) + '\n', capture_output=True, text=True, env=ENVIRONMENT)
        if done.returncode != 0:
            raise Refused('%s: %s' % (what, done.stderr.strip()))

    def make_interfaces(self, interfaces):
        peer = '/proc/%d/fd/%d' % (os.getpid(), self.peer_ns)
        lines, far = ['link set lo up'], []
        for interface in interfaces:
            name = interface['name']
            if interface.get('create'):
                lines.append('link add %s address %s %s' % (name, interface['mac'], interface['create']))
            else:
                lines.append('link add %s address %s type veth peer name %s address %s netns %s' % (name, interface['mac'], name, interface['peerMac'], peer))
                far.append('link set %s arp off up mtu 9000' % name)
            if interface.get('mtu'):
                lines.append('link set %s mtu %d' % (name, interface['mtu']))
        self.batch('interfaces', [], lines)
        enter(self.peer_ns)
        self.batch('peers', [], far)
        enter(self.node_ns)
        # Without ARP every frame goes out at once, to the device's own address: no neighbour has to be known. A bridge would keep it.
        is_bridge = lambda interface: 'type bridge' in (interface.get('create') or '')
        self.batch('interfaces', [], [
            'link set %s %s %s %s' % (
                interface['name'],
                '' if is_bridge(interface) else 'arp off',
                'master ' + interface['master'] if interface.get('master') else '',
                'up' if interface.get('up', True) else 'down',
            ) for interface in interfaces
        ])

    def take_snapshot(self):
        sections = {
            'iptables-save': run(['iptables-legacy-save']),
            'ip6tables-save': run(['ip6tables-legacy-save']),
            'ipset save': run(['ipset', 'save']),
            'ip -j addr': run(['ip', '-j', 'addr']),
            'ip -d -j link': run(['ip', '-d', '-j', 'link']),
            'ip -j route show table all': run(['ip', '-j', 'route', 'show', 'table', 'all']),
            'ip -j -6 route show table all': run(['ip', '-j', '-6', 'route', 'show', 'table', 'all']),
            'ip -j rule': run(['ip', '-j', 'rule']),
            'ip -j -6 rule': run(['ip', '-j', '-6', 'rule']),
            'sysctl -a': read_sysctls(self.spec['readSysctls']),
            'uname -r': os.uname().release + '\n',
        }
        if self.spec['nft']:
            sections['iptables-nft-save'] = run(['iptables-nft-save'])
        if self.spec['neighbours']:
            sections['ip -j neigh'] = run(['ip', '-j', 'neigh'])
        if self.spec['forwarding'] is not None:
            sections['bridge -j fdb show'] = run(['bridge', '-j', 'fdb', 'show'])
        if self.spec['fingerprints']:
            sections['cat /usr/share/xtables/pf.os'] = self.spec['fingerprints']
        if self.spec['accounting'] is not None:
            sections['nfacct list'] = run(['nfacct', 'list'])
        if self.spec['ipvs'] is not None:
            sections['ipvsadm -Sn'] = run(['ipvsadm', '-Sn'])
        return sections

    def open_listeners(self, spec):
        for entry in spec['sockets']:
            if entry.get('classid'):
                self.hold(entry)
                continue
            with Identity(entry):
                self.open_socket(entry, spec)
        for proto, port in spec['sinks']:
            kind = socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM
            self.sink(kind, port, 136 if proto == 'udplite' else 0)
        # A raw socket gets a copy of what is delivered locally, and keeps protocols nobody speaks from being refused.
        self.delivered = []
        for family, protocols in RAW_PROTOCOLS.items():
            for protocol in protocols:
                sock = socket.socket(family, socket.SOCK_RAW, protocol)
                sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20)
                sock.setblocking(False)
                self.sockets.append(sock)
                self.delivered.append(sock)

    def hold(self, entry):
        """A process of its own holds the socket: whoever joins a class takes all its sockets along (update_classid_task())."""
        directory = GROUPS.of_class(entry['classid'])
        ready, told = os.pipe()
        end, keep = os.pipe()
        process = os.fork()
        if process == 0:
            for fd in range(3, 1024):
                if fd not in (told, end):
                    try:
                        os.close(fd)
                    except OSError:
                        pass
            try:
                GROUPS.join(directory)
                self.sockets = []
                with Identity(entry):
                    self.open_socket(entry, self.spec)
                os.write(told, b'.')
                os.read(end, 1)
            finally:
                os._exit(0)
        os.close(told)
        os.close(end)
        self.holders.append((process, keep))
        held = os.read(ready, 1)
        os.close(ready)
        if not held:
            raise Refused('no process could hold the socket on port %d' % entry['port'])

    def open_socket(self, entry, spec):
        kind = socket.SOCK_STREAM if entry['proto'] == 'tcp' else socket.SOCK_DGRAM
        sock = socket.socket(socket.AF_INET6 if ':' in entry['address'] else socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ':' in entry['address']:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if entry.get('transparent'):
            sock.setsockopt(*((socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1) if ':' in entry['address'] else (socket.IPPROTO_IP, IP_TRANSPARENT, 1)))
        if entry.get('mark'):
            sock.setsockopt(socket.SOL_SOCKET, SO_MARK, entry['mark'])
        if entry.get('remote'):
            self.connect(sock, entry)
            return
        self.listen(sock, (entry['address'], entry['port']), kind, quiet=spec.get('quiet', True))

    def sink(self, kind, port, protocol=0):
        sock = socket.socket(socket.AF_INET6, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            self.listen(sock, ('::', port), kind)
        except OSError as error:
            sock.close()
            if error.errno != errno.EADDRINUSE:
                raise

    def listen(self, sock, address, kind, quiet=True):
        if quiet:
            attach_drop_filter(sock)
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            # A full queue would be answered with cookies.
            sock.listen(1 if quiet else 64)
        self.sockets.append(sock)

    def connect(self, sock, entry):
        """A connected socket without a packet: datagrams need none, and TCP has repair mode. It expects sequence number 1 from both ends."""
        sock.bind((entry['address'], entry['port']))
        far = (entry['remote']['address'], entry['remote']['port'])
        if entry['proto'] == 'tcp':
            sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
            for queue in (1, 2):
                sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
                sock.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, 1)
            sock.connect(far)
            sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, -1)
        else:
            sock.connect(far)
        self.sockets.append(sock)

    # ---- packets ----

    def send_frame(self, device, frame):
        self.peers.sendto(frame, (device, 0))

    def sender(self, family, mark, source, tos, who):
        key = (family, mark, source, tos, json.dumps(who))
        if key in self.senders:
            return self.senders[key]
        with Identity(who):
            sock = socket.socket(socket.AF_INET6 if family == 'ipv6' else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        sock.setsockopt(socket.SOL_SOCKET, SO_MARK, struct.pack('=I', mark))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        # The look-up takes source and TOS from the socket, not from the header it is given (net/ipv4/raw.c).
        if family == 'ipv6':
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        if source:
            sock.bind((source, 0))
        if len(self.senders) > 200:
            self.senders.popitem()[1].close()
        self.senders[key] = sock
        return sock

    def drain(self):
        """Everything the kernel reported since the last time. Delivery on veth is synchronous; one short wait covers stragglers."""
        trace, frames, events, delivered = [], [], [], []
        sources = [self.log, self.events, self.peers] + self.delivered
        wait = 0.0
        while True:
            ready, _, _ = select.select(sources, [], [], wait)
            if not ready:
                if wait > 0:
                    break
                wait = self.spec.get('settle', SETTLE)
                continue
            for sock in ready:
                try:
                    if sock is self.peers:
                        data, address = sock.recvfrom(65536)
                        if address[2] != PACKET_OUTGOING:
                            frames.append([address[0], data.hex()])
                    elif sock is self.log:
                        for kind, body in messages(sock.recv(1 << 18)):
                            if kind == SUBSYS_ULOG << 8:
                                trace.append(read_trace(body, self.names))
                    elif sock is self.events:
                        for kind, body in messages(sock.recv(1 << 18)):
                            if kind >> 8 == SUBSYS_CTNETLINK:
                                # NEW and UPDATE are one message type; the reader knows which entries it has seen.
                                events.append(['destroy' if kind & 0xFF == ENTRY_DELETED else 'set', read_entry(body)])
                    else:
                        data, address = sock.recvfrom(65536)
                        delivered.append([sock.family == socket.AF_INET6 and 'ipv6' or 'ipv4', sock.proto, address[0], data.hex()])
                except BlockingIOError:
                    pass
        return {'trace': trace, 'frames': frames, 'events': events, 'delivered': delivered}

    def send(self, item):
        error = None
        if item.get('cpu') is not None:
            processors = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {item['cpu']})
        try:
            if item.get('in'):
                self.send_frame(item['in'], bytes.fromhex(item['bytes']))
            else:
                family = item['family']
                sock = self.sender(family, item['mark'], item.get('src'), item['tos'], {key: item.get(key) for key in ('uid', 'gid', 'groups', 'cgroup')})
                if item.get('classid'):
                    GROUPS.join(GROUPS.of_class(item['classid']))
                sock.sendto(bytes.fromhex(item['bytes']), (item['dst'], 0))
                if item.get('classid'):
                    GROUPS.join(GROUPS.of_class(0))
        except OSError as failure:
            error = errno.errorcode.get(failure.errno, str(failure.errno))
        result = self.drain()
        result['error'] = error
        if item.get('cpu') is not None:
            os.sched_setaffinity(0, processors)
        return result

    def select_source(self, item):
        """The source address the kernel would choose: what a connected datagram socket gets."""
        sock = socket.socket(socket.AF_INET6 if item['family'] == 'ipv6' else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_MARK, struct.pack('=I', item['mark']))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.connect((item['dst'], item['port'] or 9))
            return {'src': sock.getsockname()[0]}
        except OSError as failure:
            return {'src': None, 'error': errno.errorcode.get(failure.errno, str(failure.errno))}
        finally:
            sock.close()

    def finish(self):
        return {
            'conntrack': dump_conntrack(),
            'counters': {'ipv4': run(['iptables-legacy-save', '-c']), 'ipv6': run(['ip6tables-legacy-save', '-c'])},
            'nft': run(['iptables-nft-save', '-c']) if self.spec['nft'] else None,
            'sets': run(['ipset', 'save']),
            'ipvs': None if self.spec['ipvs'] is None else run(['ipvsadm', '-Lcn']),
        }


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


ENVIRONMENT = dict(os.environ, LC_ALL='C', XTABLES_LOCKFILE=os.path.join(tempfile.gettempdir(), 'packetwalk-xtables-%d.lock' % os.getpid()))
GROUPS = ControlGroups()
HOME = os.open('/proc/self/ns/net', os.O_RDONLY)


def main():
    # One CPU: what a packet sets off is then done, in order, before send() returns.
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[-1 - (int(sys.argv[1]) if len(sys.argv) > 1 else 0) % len(cpus)]})
    node = None
    known = None
    try:
        for line in sys.stdin:
            message = json.loads(line)
            operation = message['do']
            try:
                if operation == 'versions':
                    answer = known = known or versions()
                elif operation == 'build':
                    if node:
                        node.close()
                        node = None
                    node = Node(message['node'])
                    answer = {'snapshot': node.snapshot, 'hadRaw': node.had_raw, 'notes': node.notes, 'names': node.names}
                elif operation == 'send':
                    answer = node.send(message['packet'])
                elif operation == 'sink':
                    for proto, port in message['ports']:
                        node.sink(socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM, port)
                    answer = {}
                elif operation == 'source':
                    answer = node.select_source(message['packet'])
                elif operation == 'wait':
                    time.sleep(message['seconds'])
                    answer = node.drain()
                elif operation == 'tick':
                    wait_for_ticks(message['count'])
                    answer = node.drain()
                elif operation == 'connections':
                    answer = {'text': run(['conntrack', '-L', '-o', 'extended']) + run(['conntrack', '-L', '-f', 'ipv6', '-o', 'extended']), 'expected': run(['conntrack', '-L', 'expect']), 'limits': read_limits()}
                elif operation == 'finish':
                    answer = node.finish()
                else:
                    raise Refused('unknown operation ' + operation)
            except (Refused, OSError) as failure:
                answer = {'refused': str(failure)}
            sys.stdout.write(json.dumps(answer) + '\n')
            sys.stdout.flush()
    except KeyboardInterrupt:
        pass
    finally:
        if node:
            node.close()
        GROUPS.close()
        try:
            os.unlink(ENVIRONMENT['XTABLES_LOCKFILE'])
        except OSError:
            pass


main()
