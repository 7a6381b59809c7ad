"""What netfilter tells over netlink: trace lines (nfnetlink_log), conntrack entries and their events (ctnetlink)."""

import os
import socket
import struct

from machine import Refused

# linux/netfilter/nfnetlink.h, nfnetlink_log.h, nfnetlink_conntrack.h
NETLINK_NETFILTER = 12
SUBSYS_CTNETLINK = 1
SUBSYS_ULOG = 4
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
ENTRY_DELETED = 2
GROUP_CT_NEW, GROUP_CT_UPDATE, GROUP_CT_DESTROY = 1, 2, 3
SO_RCVBUFFORCE = 33


def attribute(kind, data):
    length = 4 + len(data)
    return struct.pack('=HH', length, kind) + data + b'\0' * (-length % 4)


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from('=HH', data)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def request(kind, flags, family, resource, body):
    payload = struct.pack('>BBH', family, 0, resource) + body
    return struct.pack('=IHHII', 16 + len(payload), kind, flags, 0, 0) + payload


def messages(data):
    while len(data) >= 16:
        length, kind, _, _, _ = struct.unpack_from('=IHHII', data)
        if length < 16:
            break
        yield kind, data[16:length]
        data = data[(length + 3) & ~3:]


def netlink_socket(groups=()):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    sock.bind((0, 0))
    for group in groups:
        sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
    return sock


def acknowledged(sock, message):
    sock.send(message)
    for kind, body in messages(sock.recv(65536)):
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from('=i', body)[0]
            if code:
                raise Refused('netlink: ' + os.strerror(code))


def trace_socket():
    """Listens on nfnetlink_log group 0 of the current namespace, where nf_log_trace sends."""
    sock = netlink_socket()
    kind = SUBSYS_ULOG << 8 | 1  # NFULNL_MSG_CONFIG
    flags = NLM_F_REQUEST | NLM_F_ACK
    acknowledged(sock, request(kind, flags, 0, 0, attribute(1, struct.pack('>B', 1))))  # NFULA_CFG_CMD: bind
    acknowledged(sock, request(kind, flags, 0, 0, attribute(2, struct.pack('>IBx', 65535, 2))))  # NFULA_CFG_MODE: whole packets
    acknowledged(sock, request(kind, flags, 0, 0, attribute(5, struct.pack('>I', 1))))  # NFULA_CFG_QTHRESH: do not hold back
    sock.setblocking(False)
    return sock


def read_trace(body, names):
    family = body[0]
    found = attributes(body[4:])

    def number(key):
        return struct.unpack('>I', found[key])[0] if key in found else 0

    return {
        'family': 'ipv6' if family == socket.AF_INET6 else 'ipv4',
        'prefix': found[10].rstrip(b'\0').decode('utf-8', 'replace'),
        'hook': found[1][2],
        'mark': number(2),
        'in': names.get(number(4)),
        'out': names.get(number(5)),
        'bytes': found.get(9, b'').hex(),
    }


def read_tuple(data):
    found = attributes(data)
    ip = attributes(found[1])
    proto = attributes(found[2])
    v6 = 3 in ip
    kind = socket.AF_INET6 if v6 else socket.AF_INET

    def number(key):
        return int.from_bytes(proto[key], 'big') if key in proto else None

    result = {
        'src': socket.inet_ntop(kind, ip[3 if v6 else 1]),
        'dst': socket.inet_ntop(kind, ip[4 if v6 else 2]),
        'proto': number(1),
    }
    if 2 in proto:
        result['sport'], result['dport'] = number(2), number(3)
    if 4 in proto or 7 in proto:
        base = 7 if 7 in proto else 4
        result['icmpId'], result['icmpType'], result['icmpCode'] = number(base), number(base + 1), number(base + 2)
    return result


def read_entry(body):
    found = attributes(body[4:])

    def number(key):
        return int.from_bytes(found[key], 'big') if key in found else 0

    entry = {
        'family': 'ipv6' if body[0] == socket.AF_INET6 else 'ipv4',
        'id': number(12),
        'original': read_tuple(found[1]),
        'reply': read_tuple(found[2]),
        'status': number(3),
        'timeout': number(7),
        'mark': number(8),
        'zone': number(18),
        'tcp': None,
        'zones': [],
    }
    for side, key in (('orig', 1), ('reply', 2)):
        zone = attributes(found[key]).get(3)
        if zone is not None:
            entry['zones'].append([side, int.from_bytes(zone, 'big')])
    if 4 in found:
        info = attributes(found[4])
        if 1 in info:
            entry['tcp'] = attributes(info[1]).get(1, b'\0')[0]
    return entry


def dump_conntrack():
    entries = []
    sock = netlink_socket()
    # Both families at once: the table is one for all namespaces, and walked from end to end each time.
    sock.send(request(SUBSYS_CTNETLINK << 8 | 1, NLM_F_REQUEST | NLM_F_DUMP, socket.AF_UNSPEC, 0, b''))
    done = False
    while not done:
        for kind, body in messages(sock.recv(1 << 20)):
            if kind == NLMSG_DONE:
                done = True
            elif kind == NLMSG_ERROR:
                raise Refused('conntrack dump failed')
            else:
                entries.append(read_entry(body))
    sock.close()
    return entries
