#!/usr/bin/env python3
"""How long the kernel takes for a packet through some rules.

Reads JSON lines: {"iptables": ..., "ipset": ..., "frame": ..., "packets": ...}, and answers each with {"nanoseconds": ...},
the usual time (a fifth of the packets were faster) from sending a frame into one veth pair until it has come out of
another; {"refused": ...} if the node cannot be built. A packet on veth is worked off inside send(2) when everything is on one CPU, so the time is that of
sending, the hooks and receiving; what the rules take is the difference between two chains.

The namespaces are unnamed and end with this process.
"""

import json
import os
import socket
import sys
import time

# The kernel tests' own; no __pycache__ in the source tree.
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../kernel/agent'))

from machine import Refused, enter, new_namespace, remove_lock, run, write_sysctl  # noqa: E402

ETH_P_IP = 0x0800


def build():
    """A node with two wires, pwa and pwb; the far ends are in a namespace of their own."""
    far = new_namespace()
    write_sysctl('net.ipv6.conf.default.disable_ipv6', '1')
    node = new_namespace()
    write_sysctl('net.ipv6.conf.default.disable_ipv6', '1')
    write_sysctl('net.ipv4.ip_forward', '1')
    peer = '/proc/%d/fd/%d' % (os.getpid(), far)
    for name, address, mac in (('pwa', '192.0.2.1/24', '02:00:00:00:00:02'), ('pwb', '198.51.100.1/24', '02:00:00:00:00:03')):
        run(['ip', 'link', 'add', name, 'address', mac, 'type', 'veth', 'peer', 'name', name, 'netns', peer])
        run(['ip', 'address', 'add', address, 'dev', name])
        run(['ip', 'link', 'set', name, 'up', 'arp', 'off'])
    enter(far)
    for name in ('pwa', 'pwb'):
        run(['ip', 'link', 'set', name, 'up', 'arp', 'off'])
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind(('pwa', 0))
    receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
    receiver.bind(('pwb', ETH_P_IP))
    receiver.settimeout(2)
    enter(node)
    return sender, receiver


def usual_time(sender, receiver, frame, packets):
    clock = time.perf_counter_ns
    times = []
    for _ in range(packets):
        start = clock()
        sender.send(frame)
        try:
            receiver.recv(2048)
        except socket.timeout:
            raise Refused('a packet did not come through')
        times.append(clock() - start)
    return sorted(times)[len(times) // 5]


def main():
    # One CPU: the packet is through before send() returns.
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    wires = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if not wires:
                wires = build()
            if message.get('ipset'):
                run(['ipset', '-exist', 'restore'], message['ipset'])
            run(['iptables-legacy-restore'], message['iptables'])
            answer = {'nanoseconds': usual_time(*wires, bytes.fromhex(message['frame']), message['packets'])}
        except (Refused, OSError) as failure:
            answer = {'refused': str(failure)}
        sys.stdout.write(json.dumps(answer) + '\n')
        sys.stdout.flush()
    remove_lock()


main()
