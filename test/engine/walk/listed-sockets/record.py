"""Records what `ss -Hltunp` prints of sockets of all kinds, and which of them this machine's kernel gives packets to: writes
node.snapshot and kernel.json beside it.

Run as root: python3 record.py, then format kernel.json. Two namespaces: the node, whose sockets are all transparent, and a host that
sends it one SYN or one datagram for each port. What is recorded of a packet is who took it: a process (`answers`), `-m socket` by its
counter (`socket`, with its options), and TPROXY, which goes on if there is a socket and drops if there is none (`tproxy`).
"""
import ctypes, json, os, re, socket, subprocess, time

HERE = os.path.dirname(os.path.abspath(__file__))
NODE, HOST = 'listed-node', 'listed-host'
libc = ctypes.CDLL(None, use_errno=True)
V4, V6 = socket.AF_INET, socket.AF_INET6
PORTS = list(range(1001, 1017)) + [1020]
DIRECT = {V4: ['10.1.0.1', '10.2.0.1'], V6: ['fd01::1', 'fd02::1', 'fe80::1']}
# Ports that TPROXY takes to those above.
PROXIED = 2000
KINDS = [(socket.SOCK_STREAM, 'tcp'), (socket.SOCK_DGRAM, 'udp')]


def run(*words, text=None):
    return subprocess.run(words, input=text, capture_output=True, text=True, check=True).stdout


def inside(name):
    with open(f'/run/netns/{name}') as f:
        if libc.setns(f.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), name)


def listen():
    """All sockets of the node."""
    kept = []

    def make(family, address, port, device=None, only6=None, listens=True, zone=0, far=None):
        for kind, _ in KINDS:
            if far and kind == socket.SOCK_STREAM:
                continue
            one = socket.socket(family, kind)
            one.setsockopt(*((socket.SOL_IP, 19) if family == V4 else (socket.IPPROTO_IPV6, 75)), 1)
            if only6 is not None:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only6)
            if device:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            one.bind((address, port) if family == V4 else (address, port, 0, zone))
            if kind == socket.SOCK_STREAM and listens:
                one.listen(50)
            if far:
                one.connect(far)
            kept.append(one)

    make(V4, '0.0.0.0', 1001)
    make(V4, '10.1.0.1', 1002)
    make(V4, '0.0.0.0', 1003, device='ra')
    make(V4, '10.1.0.1', 1004, device='rb')
    make(V6, '::', 1005, only6=0)
    make(V6, '::', 1006, only6=1)
    make(V6, 'fd01::1', 1007)
    make(V6, '::ffff:10.1.0.1', 1008)
    make(V6, '::', 1009, device='rb')
    make(V6, 'fe80::1', 1010, zone=socket.if_nametoindex('ra'))
    make(V4, '127.0.0.1', 1011)
    make(V4, '10.2.0.1', 1012)
    make(V6, '::', 1013, only6=1, device='ra')
    make(V4, '0.0.0.0', 1014, listens=False)
    make(V6, 'fd01::1', 1015, device='ra')
    make(V6, '::ffff:0.0.0.0', 1016)
    make(V4, '10.1.0.1', 1020, far=('10.1.0.9', 7))
    return kept


def rules(family):
    own = '10.1.0.1' if family == V4 else 'fd01::1'
    lines = ['*mangle']
    for _, proto in KINDS:
        new = '--syn ' if proto == 'tcp' else ''
        for port in PORTS:
            lines += [f'-A PREROUTING -p {proto} {new}--dport {port} -m socket{option}' for option in ('', ' --nowildcard', ' --transparent --nowildcard')]
            lines.append(f'-A PREROUTING -p {proto} {new}--dport {PROXIED + port} -j TPROXY --on-port {port} --on-ip {own}')
    lines += ['COMMIT', '*raw', 'COMMIT', '*filter']
    lines += [f'-A INPUT -p {proto} --dport {PROXIED + port}' for _, proto in KINDS for port in PORTS]
    return '\n'.join(lines + ['COMMIT', ''])


def counted(save):
    """Rules with a count, as (protocol, port, rest)."""
    found = set()
    for line in run(save, '-c').splitlines():
        match = re.match(r'\[(\d+):\d+\] -A (\w+) -p (\w+) .*--dport (\d+)(?: .*-m socket| --tcp-flags \S+ \S+)?(.*)', line)
        if match and int(match[1]) > 0:
            found.add((match[2], match[3], int(match[4]), match[5].strip()))
    return found


def send(family, kind, address, port):
    """What a client sees: open, refused, or nothing."""
    with socket.socket(family, kind) as one:
        one.settimeout(0.3)
        zone = socket.if_nametoindex('ha') if address.startswith('fe80') else 0
        try:
            one.connect((address, port) if family == V4 else (address, port, 0, zone))
            if kind == socket.SOCK_DGRAM:
                one.send(b'x')
                one.recv(1)
            return True
        except ConnectionRefusedError:
            return False
        except socket.timeout:
            return kind == socket.SOCK_DGRAM


def main():
    for name in (NODE, HOST):
        run('ip', 'netns', 'add', name)
    node = lambda *words: run('ip', '-n', NODE, *words)
    host = lambda *words: run('ip', '-n', HOST, *words)
    sysctls = ['net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0',
               'net.ipv4.icmp_msgs_per_sec=100000', 'net.ipv4.icmp_msgs_burst=100000', 'net.ipv6.conf.all.addr_gen_mode=1', 'net.ipv6.conf.default.addr_gen_mode=1']
    run('ip', 'netns', 'exec', NODE, 'sysctl', '-qw', *sysctls)
    for wire, far in (('ra', 'ha'), ('rb', 'hb')):
        node('link', 'add', wire, 'type', 'veth', 'peer', 'name', far, 'netns', HOST)
        node('link', 'set', wire, 'up')
        host('link', 'set', far, 'up')
    node('link', 'set', 'lo', 'up')
    for address, wire in (('10.1.0.1/24', 'ra'), ('fd01::1/64', 'ra'), ('fe80::1/64', 'ra'), ('10.2.0.1/24', 'rb'), ('fd02::1/64', 'rb')):
        node('addr', 'add', address, 'dev', wire, *(['nodad'] if ':' in address else []))
    for address in ('10.1.0.2/24', 'fd01::2/64'):
        host('addr', 'add', address, 'dev', 'ha', *(['nodad'] if ':' in address else []))
    host('route', 'add', 'default', 'via', '10.1.0.1')
    host('-6', 'route', 'add', 'default', 'via', 'fd01::1')
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        inside(NODE)
        kept = listen()
        os.write(told, b'x')
        time.sleep(600)
    os.close(told)
    if os.read(ready, 1) == b'':
        raise OSError('the sockets could not be made')
    inside(NODE)
    for family, tool in ((V4, 'iptables'), (V6, 'ip6tables')):
        run(f'{tool}-restore', text=rules(family))
    commands = ['iptables-save', 'ip6tables-save', 'ip -j addr', 'ip -j route show table all', 'ip -j -6 route show table all', 'ip -j rule', 'ip -j -6 rule', 'ss -Hltunp', 'uname -r']
    with open(f'{HERE}/node.snapshot', 'w') as out:
        out.write(f'Sockets of all kinds; made by record.py with {run("ss", "-V").strip()}.\n')
        for command in commands:
            out.write(f'==> {command} <==\n{run(*command.split())}')
    answers, matched = {}, {}
    for family, save, restore in ((V4, 'iptables-save', 'iptables-restore'), (V6, 'ip6tables-save', 'ip6tables-restore')):
        for address in DIRECT[family]:
            for kind, proto in KINDS:
                inside(NODE)
                run(restore, text=rules(family))
                inside(HOST)
                for port in PORTS:
                    if send(family, kind, address, port):
                        answers.setdefault(f'{proto} {address}', []).append(port)
                    send(family, kind, address, PROXIED + port)
                inside(NODE)
                for chain, of, port, rest in sorted(counted(save)):
                    if chain == 'INPUT':
                        matched.setdefault(f'tproxy {of} {address}', []).append(port - PROXIED)
                    elif 'TPROXY' not in rest and port in PORTS:
                        matched.setdefault(f'socket{" " + rest if rest else ""} {of} {address}', []).append(port)
    os.kill(child, 9)
    with open(f'{HERE}/kernel.json', 'w') as out:
        json.dump({'kernel': os.uname().release, 'answers': answers, 'matched': matched}, out)


try:
    main()
finally:
    for name in (NODE, HOST):
        subprocess.run(['ip', 'netns', 'del', name], capture_output=True)
