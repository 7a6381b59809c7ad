"""A node of the kernel tests: built from what a case says, given packets, asked what has become of them."""

import errno
import json
import os
import select
import socket
import struct
import tempfile

from guards import with_guards, without_guards
from identity import GROUPS, Identity
from machine import HOME, enter, new_namespace, read_sysctls, run, run_batch, wait_for_addresses, wait_for_ports, wait_for_wires, write_sysctl
from netlink import (
    ENTRY_DELETED, GROUP_CT_DESTROY, GROUP_CT_NEW, GROUP_CT_UPDATE, SO_RCVBUFFORCE, SUBSYS_CTNETLINK, SUBSYS_ULOG,
    dump_conntrack, messages, netlink_socket, read_entry, read_trace, trace_socket,
)
from sockets import SO_MARK, Sockets

# linux/in.h, linux/in6.h: what Python's socket module does not name.
IP_FREEBIND, IPV6_FREEBIND, IPV6_HDRINCL = 15, 78, 36
ETH_P_ALL = 3
PACKET_OUTGOING = 4
# How long a silence must last before a packet's consequences are taken to be over.
SETTLE = 0.0005


class Node:
    """One node, built and ready to take packets."""

    def __init__(self, spec):
        self.spec = spec
        self.backend = spec.get('backend') or 'legacy'
        self.fds = []
        self.senders = {}
        self.sockets = Sockets(spec.get('quiet', True))
        self.notes = []
        try:
            self.build(spec)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.sockets.close()
        for sock in self.senders.values():
            sock.close()
        if hasattr(self, 'fingerprints'):
            run(['nfnl_osf', '-f', self.fingerprints.name, '-d'], check=False)
            self.fingerprints.close()
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
        self.build_network(spec)
        self.had_raw = self.load_rules(spec)
        wait_for_ports(spec['interfaces'])
        self.snapshot = self.take_snapshot()
        for family, name in (('ipv4', 'iptables-save'), ('ipv6', 'ip6tables-save')):
            self.snapshot[name] = without_guards(self.snapshot[name], self.had_raw[family])
        self.open_ears(spec)
        self.drain()

    def build_network(self, spec):
        self.make_interfaces(spec['interfaces'])
        for name, value in spec['sysctls']:
            self.sysctl(name, value)
        run_batch('addresses', [], spec['addresses'])
        wait_for_addresses()
        for family, flag in (('ipv4', '-4'), ('ipv6', '-6')):
            if spec['allRules']:
                run(['ip', flag, 'rule', 'flush'], check=False)
                run(['ip', flag, 'rule', 'del', 'priority', '0'], check=False)
            run_batch('rules', [flag], ['rule add ' + rule for rule in spec['rules'][family]])
            run_batch('routes', [flag], ['route add ' + route for route in spec['routes'][family]])
        run_batch('neighbours', [], spec['neighbours'])
        for line in spec['forwarding'] or []:
            run(['bridge', 'fdb', 'add'] + line.split())

    def load_rules(self, spec):
        """Rules, and what they refer to; returns for each family whether they had a table raw of their own."""
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
            run(['%s-%s-restore' % (tool, self.backend), '--counters'], with_guards(text, family))
        if spec['nft'] and not spec['nft']['first']:
            run(['iptables-nft-restore'], spec['nft']['iptables'])
        for name, line in spec['recent']:
            with open('/proc/self/net/xt_recent/' + name, 'w') as file:
                file.write(line + '\n')
        if spec['ipvs'] is not None:
            run(['ipvsadm', '--restore'], spec['ipvs'])
        return had_raw

    def open_ears(self, spec):
        """Whatever tells what becomes of a packet: trace, events, sockets of the node, far ends of its wires."""
        self.names = {index: name for index, name in socket.if_nameindex()}
        self.log = trace_socket()
        for family in ('2', '10'):
            write_sysctl('net.netfilter.nf_log.' + family, 'nfnetlink_log')
        self.events = netlink_socket((GROUP_CT_NEW, GROUP_CT_UPDATE, GROUP_CT_DESTROY))
        self.events.setblocking(False)
        for entry in spec['sockets']:
            self.sockets.open(entry)
        for proto, port in spec['sinks']:
            self.sockets.sink(proto, port)
        self.sockets.watch_delivery()
        enter(self.peer_ns)
        self.peers = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.peers.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.peers.setblocking(False)
        wait_for_wires(self.peers, spec['interfaces'])
        enter(self.node_ns)

    def sysctl(self, name, value):
        try:
            write_sysctl(name, value)
        except OSError as error:
            self.notes.append('sysctl %s=%s: %s' % (name, value, error.strerror))

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
        run_batch('interfaces', [], lines)
        enter(self.peer_ns)
        run_batch('peers', [], far)
        enter(self.node_ns)
        # Without ARP every frame goes out at once, to the device's own address: no neighbour has to be known. A bridge would keep it.
        is_bridge = lambda interface: 'type bridge' in (interface.get('create') or '')
        run_batch('interfaces', [], [
            'link set %s %s %s %s' % (
                interface['name'],
                '' if is_bridge(interface) else 'arp off',
                'master ' + interface['master'] if interface.get('master') else '',
                'up' if interface.get('up', True) else 'down',
            ) for interface in interfaces
        ])

    def take_snapshot(self):
        sections = {
            'iptables-save': run(['iptables-%s-save' % self.backend]),
            'ip6tables-save': run(['ip6tables-%s-save' % self.backend]),
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
        if ' -m policy ' in self.spec['iptables'] + self.spec['ip6tables']:
            for what in ('state', 'policy'):
                sections['ip xfrm ' + what] = run(['ip', 'xfrm', what])
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
        sources = [self.log, self.events, self.peers] + self.sockets.delivered
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
            'counters': {family: run(['%s-%s-save' % (tool, self.backend), '-c']) for family, tool in (('ipv4', 'iptables'), ('ipv6', 'ip6tables'))},
            'nft': run(['iptables-nft-save', '-c']) if self.spec['nft'] else None,
            'sets': run(['ipset', 'save']),
            'ipvs': None if self.spec['ipvs'] is None else run(['ipvsadm', '-Lcn']),
        }
