"""Sockets of the node: those that a case declares, and raw ones that see what is delivered."""

import ctypes
import errno
import os
import socket
import struct

from identity import GROUPS, Identity
from machine import Refused
from netlink import SO_RCVBUFFORCE

# asm-generic/socket.h, linux/in.h, linux/in6.h: what Python's socket module does not name.
SO_ATTACH_FILTER, SO_MARK = 26, 36
IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75
# linux/tcp.h
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21

RAW_PROTOCOLS = {socket.AF_INET: (1, 4, 6, 17, 33, 47, 50, 51, 59, 99, 108, 132, 136), socket.AF_INET6: (58, 6, 17, 33, 47, 50, 51, 99, 108, 132, 135, 136)}


def attach_drop_filter(sock):
    """A socket filter that takes nothing: the stack finds a listener and answers neither RST nor port unreachable."""
    program = (ctypes.c_uint64 * 1)(struct.unpack('=Q', struct.pack('=HBBI', 0x06, 0, 0, 0))[0])
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack('@HP', 1, ctypes.addressof(program)))


class Sockets:
    """Open until `close`. `quiet`: what listens takes nothing, so that the stack neither refuses nor answers."""

    def __init__(self, quiet):
        self.quiet = quiet
        self.opened = []
        self.delivered = []
        self.holders = []

    def close(self):
        for sock in self.opened:
            sock.close()
        for process, pipe in self.holders:
            os.close(pipe)
            os.waitpid(process, 0)

    def open(self, entry):
        """One that a case declares."""
        if entry.get('classid'):
            self.hold(entry)
            return
        with Identity(entry):
            self.open_socket(entry)

    def watch_delivery(self):
        """A raw socket gets a copy of what is delivered locally, and keeps protocols nobody speaks from being refused."""
        for family, protocols in RAW_PROTOCOLS.items():
            for protocol in protocols:
                sock = socket.socket(family, socket.SOCK_RAW, protocol)
                sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20)
                sock.setblocking(False)
                self.opened.append(sock)
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
                self.opened = []
                with Identity(entry):
                    self.open_socket(entry)
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

    def open_socket(self, entry):
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
        self.listen(sock, (entry['address'], entry['port']), kind, quiet=self.quiet)

    def sink(self, proto, port):
        """Takes what comes to a port, whatever address of either family it came to."""
        kind = socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM
        sock = socket.socket(socket.AF_INET6, kind, 136 if proto == 'udplite' else 0)
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
        self.opened.append(sock)

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
        self.opened.append(sock)
