"""Records what the kernel's connection tracking makes of packet sequences: writes tcp-recorded.json.

Run as root on the kernel of interest: python3 record.py > tcp-recorded.json
A router namespace with two veth pairs; the peers are bare sniffers. FORWARD marks each packet's ctstate in its DSCP
field, conntrack(8) shows the entry after it. Each sequence has ports of its own.
"""
import ctypes, json, os, socket, struct, subprocess, sys, time

R, P = 'l4p-router', 'l4p-peer'
STATES = {1: 'NEW', 2: 'ESTABLISHED', 3: 'RELATED', 4: 'INVALID', 5: 'UNTRACKED'}
FLAG = {'F': 1, 'S': 2, 'R': 4, 'P': 8, 'A': 16, 'U': 32}
libc = ctypes.CDLL(None, use_errno=True)

def sh(command):
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout

def enter(name):
    fd = os.open(f'/var/run/netns/{name}', os.O_RDONLY)
    if libc.setns(fd, 0x40000000): raise OSError(ctypes.get_errno())
    os.close(fd)

def setup():
    sh(f'ip netns add {R}; ip netns add {P}')
    for x in 'ab':
        sh(f'ip link add r{x} netns {R} address 02:00:00:00:0{x}:01 type veth peer name p{x} netns {P} address 02:00:00:00:0{x}:02')
    sh(f'ip netns exec {P} sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip netns exec {R} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.ip_forward=1')
    for x, net in (('a', 1), ('b', 2)):
        sh(f'ip -n {P} link set p{x} arp off up; ip -n {R} link set r{x} up; ip -n {R} addr add 10.{net}.0.1/24 dev r{x}; '
           f'ip -n {R} neigh replace 10.{net}.0.2 lladdr 02:00:00:00:0{x}:02 dev r{x} nud permanent')
    rules = '*mangle\n' + ''.join(f'-A FORWARD -m conntrack --ctstate {s} -j DSCP --set-dscp {n}\n' for n, s in STATES.items()) + 'COMMIT\n'
    subprocess.run(f'ip netns exec {R} env XTABLES_LOCKFILE=/tmp/l4p.lock iptables-legacy-restore', shell=True, input=rules, text=True, check=True)

def checksum(data):
    if len(data) % 2: data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def options(text):
    """w: window scale 7, s: SACK permitted, m: MSS 1460."""
    raw = b''.join({'w': b'\3\3\7', 's': b'\4\2', 'm': b'\2\4\5\xb4'}[c] for c in text)
    return raw + b'\1' * (-len(raw) % 4)

def tcp(direction, port, p):
    src, dst = (b'\x0a\1\0\2', b'\x0a\2\0\2')[::-1 if direction else 1]
    sport, dport = (port, 80)[::-1 if direction else 1]
    opts = options(p.get('options', ''))
    flags = sum(FLAG[f] for f in p['flags'])
    head = struct.pack('!HHIIBBHHH', sport, dport, p['seq'], p['ack'], (20 + len(opts)) // 4 << 4, flags, p['window'], 0, 0) + opts + b'\0' * p['payload']
    check = checksum(src + dst + struct.pack('!BBH', 0, 6, len(head)) + head)
    return src, dst, 6, head[:16] + struct.pack('!H', check) + head[18:]

def ip(src, dst, proto, body):
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0) + src + dst
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + body

def drain(s):
    try:
        while True: s.recv(2000)
    except BlockingIOError: pass

def seen(s, proto):
    end = time.time() + 0.5
    while time.time() < end:
        try: data, addr = s.recvfrom(2000)
        except BlockingIOError:
            time.sleep(0.001); continue
        if addr[2] != 4 and data[12:14] == b'\x08\0' and data[23] == proto: return STATES.get(data[15] >> 2, 'none')
    return 'lost'

def entry(port):
    out = subprocess.run(['conntrack', '-L', '-p', 'tcp', '--orig-port-src', str(port), '-o', 'extended'], capture_output=True, text=True).stdout.strip()
    if not out: return None
    words = out.split('\n')[0].split()
    return {'state': words[5], 'timeout': int(words[4]), 'flags': [w[1:-1] for w in words if w.startswith('[')]}

def pk(direction, flags, seq, ack, payload=0, window=1000, options=''):
    p = {'direction': direction, 'flags': flags, 'seq': seq, 'ack': ack, 'payload': payload, 'window': window}
    return {**p, 'options': options} if options else p

O, Y = 'original', 'reply'
SHAKE = [pk(O, 'S', 100, 0), pk(Y, 'SA', 500, 101), pk(O, 'A', 101, 501)]
SHAKE_W = [pk(O, 'S', 100, 0, options='msw'), pk(Y, 'SA', 500, 101, options='msw'), pk(O, 'A', 101, 501)]
SHAKE_L = [{**p, 'window': 65000} for p in SHAKE]
CLOSED = SHAKE + [pk(O, 'FA', 101, 501), pk(Y, 'FA', 501, 102), pk(O, 'A', 102, 502)]
BIG = [pk(O, 'S', 4294967290, 0), pk(Y, 'SA', 4294967295, 4294967291), pk(O, 'A', 4294967291, 0)]
SEQUENCES = {
    'handshake, data, close': SHAKE + [pk(O, 'PA', 101, 501, 20), pk(Y, 'A', 501, 121), pk(Y, 'PA', 501, 121, 30), pk(O, 'A', 121, 531), pk(O, 'FA', 121, 531), pk(Y, 'A', 531, 122), pk(Y, 'FA', 531, 122), pk(O, 'A', 122, 532)],
    'sequence numbers wrap': BIG + [pk(O, 'PA', 4294967291, 0, 20), pk(Y, 'A', 0, 15), pk(Y, 'A', 0, 15, 200), pk(O, 'A', 15, 200), pk(O, 'FA', 15, 200), pk(Y, 'RA', 200, 16)],
    'server closes first': SHAKE + [pk(Y, 'FA', 501, 101), pk(O, 'A', 101, 502), pk(O, 'FA', 101, 502), pk(Y, 'A', 502, 102)],
    'retransmitted FIN': SHAKE + [pk(O, 'FA', 101, 501), pk(O, 'FA', 101, 501), pk(Y, 'FA', 501, 102)],
    'retransmitted SYN': [pk(O, 'S', 100, 0), pk(O, 'S', 100, 0), pk(O, 'S', 200, 0), pk(Y, 'SA', 500, 201), pk(O, 'A', 201, 501)],
    'SYN+ACK for the older SYN': [pk(O, 'S', 100, 0), pk(O, 'S', 200, 0), pk(Y, 'SA', 500, 101)],
    'retransmitted SYN+ACK': [pk(O, 'S', 100, 0), pk(Y, 'SA', 500, 101), pk(Y, 'SA', 500, 101), pk(O, 'A', 101, 501)],
    'SYN with data': [pk(O, 'S', 100, 0, 10), pk(Y, 'SA', 500, 111), pk(O, 'A', 111, 501)],
    'SYN to a closed port': [pk(O, 'S', 100, 0), pk(Y, 'RA', 0, 101), pk(O, 'S', 300, 0)],
    'RST by the client in SYN_SENT': [pk(O, 'S', 100, 0), pk(O, 'R', 101, 0), pk(Y, 'SA', 500, 101)],
    'RST answers with a wrong ack': [pk(O, 'S', 100, 0), pk(Y, 'RA', 0, 999), pk(Y, 'R', 77, 0)],
    'RST after SYN+ACK': [pk(O, 'S', 100, 0), pk(Y, 'SA', 500, 101), pk(O, 'R', 101, 0), pk(O, 'S', 300, 0)],
    'RST in ESTABLISHED, exact': SHAKE + [pk(Y, 'R', 501, 0), pk(O, 'A', 101, 501), pk(O, 'S', 900, 0)],
    'RST in ESTABLISHED by the client, then SYN': SHAKE + [pk(O, 'RA', 101, 501), pk(O, 'S', 900, 0), pk(Y, 'SA', 700, 901)],
    'RST in ESTABLISHED, in the window': SHAKE + [pk(Y, 'R', 600, 0), pk(Y, 'R', 501, 0)],
    'RST in ESTABLISHED, below': SHAKE + [pk(Y, 'R', 400, 0), pk(Y, 'A', 501, 101)],
    'RST in ESTABLISHED, beyond': SHAKE + [pk(Y, 'R', 9000, 0), pk(O, 'R', 9000, 0), pk(Y, 'A', 501, 101)],
    'RST right after data': SHAKE + [pk(Y, 'PA', 501, 101, 40), pk(Y, 'RA', 541, 101)],
    'RST with sequence 0': SHAKE + [pk(Y, 'R', 0, 0), pk(Y, 'RA', 0, 101)],
    'mid-stream ACK': [pk(O, 'A', 1000, 2000), pk(O, 'PA', 1000, 2000, 50), pk(Y, 'A', 2000, 1050), pk(Y, 'PA', 2000, 1050, 90), pk(O, 'A', 1050, 2090)],
    'mid-stream, wild numbers': [pk(O, 'A', 1000, 2000), pk(Y, 'A', 900000, 700000), pk(O, 'A', 55, 77), pk(Y, 'R', 3, 0)],
    'mid-stream RST': [pk(O, 'A', 1000, 2000), pk(Y, 'R', 2000, 0)],
    'mid-stream FIN': [pk(O, 'A', 1000, 2000), pk(O, 'FA', 1000, 2000), pk(Y, 'A', 2000, 1001)],
    'FIN first': [pk(O, 'FA', 1000, 2000)],
    'RST first': [pk(O, 'R', 1000, 0)],
    'SYN+ACK first': [pk(O, 'SA', 1000, 2000)],
    'ACK in SYN_SENT': [pk(O, 'S', 100, 0), pk(O, 'A', 101, 501), pk(Y, 'A', 700, 55), pk(O, 'R', 55, 0), pk(O, 'S', 100, 0)],
    'half-open: ACK answers a SYN': [pk(O, 'S', 100, 0), pk(Y, 'A', 700, 55), pk(O, 'R', 55, 0), pk(O, 'S', 100, 0), pk(Y, 'SA', 900, 101)],
    'SYN in ESTABLISHED': SHAKE + [pk(O, 'S', 101, 0), pk(Y, 'A', 501, 101), pk(O, 'PA', 101, 501, 5), pk(Y, 'A', 501, 106)],
    'SYN in ESTABLISHED, answered by RST': SHAKE + [pk(O, 'S', 7000, 0), pk(Y, 'RA', 0, 7001), pk(O, 'S', 7000, 0)],
    'SYN in ESTABLISHED, answered by SYN+ACK': SHAKE + [pk(O, 'S', 7000, 0), pk(Y, 'SA', 9000, 7001), pk(O, 'A', 7001, 9001), pk(Y, 'A', 9001, 7001)],
    'SYN in ESTABLISHED, RST of the same end': SHAKE + [pk(O, 'S', 7000, 0), pk(O, 'R', 90000, 7001), pk(Y, 'R', 90000, 7001)],
    'RST by the answering end after its ACK': [pk(O, 'S', 100, 0), pk(Y, 'SA', 500, 101), pk(Y, 'A', 501, 101), pk(Y, 'R', 90000, 501)],
    'SYN+ACK to no ignored SYN': SHAKE + [pk(Y, 'SA', 9000, 7001), pk(Y, 'A', 501, 101)],
    'SYN from the server': SHAKE + [pk(Y, 'S', 501, 0), pk(Y, 'A', 501, 101)],
    'SYN+ACK from the client': SHAKE + [pk(O, 'SA', 101, 501), pk(O, 'A', 101, 501)],
    'SYN in LAST_ACK, challenge ACK': SHAKE + [pk(O, 'FA', 101, 501), pk(Y, 'FA', 501, 102), pk(O, 'S', 5000, 0), pk(Y, 'A', 502, 102), pk(O, 'R', 102, 0)],
    'SYN in FIN_WAIT': SHAKE + [pk(O, 'FA', 101, 501), pk(O, 'S', 5000, 0), pk(Y, 'A', 501, 102)],
    'SYN in TIME_WAIT': CLOSED + [pk(O, 'S', 5000, 0), pk(Y, 'SA', 8000, 5001), pk(O, 'A', 5001, 8001)],
    'SYN in TIME_WAIT from the server': CLOSED + [pk(Y, 'S', 5000, 0)],
    'late data in TIME_WAIT': CLOSED + [pk(Y, 'A', 502, 102), pk(O, 'FA', 101, 501), pk(Y, 'R', 502, 0), pk(O, 'A', 102, 502)],
    'simultaneous open': [pk(O, 'S', 100, 0), pk(Y, 'S', 500, 0), pk(O, 'SA', 100, 501), pk(Y, 'SA', 500, 101), pk(O, 'A', 101, 501)],
    'simultaneous open, ACK first': [pk(O, 'S', 100, 0), pk(Y, 'S', 500, 0), pk(O, 'SA', 100, 501), pk(Y, 'A', 501, 101), pk(O, 'A', 101, 501)],
    'data beyond the window': SHAKE + [pk(O, 'A', 5000, 501, 10), pk(O, 'A', 101, 501, 10)],
    'a little too much data': SHAKE + [pk(O, 'A', 101, 501, 900), pk(O, 'A', 1001, 501, 900), pk(O, 'A', 1901, 501, 900), pk(Y, 'A', 501, 2801)],
    'first byte past the window': SHAKE + [pk(O, 'A', 1101, 501, 10), pk(O, 'A', 1102, 501, 10)],
    'old data again': SHAKE + [pk(O, 'A', 101, 501, 900), pk(Y, 'A', 501, 1001), pk(O, 'A', 1001, 501, 900), pk(Y, 'A', 501, 1901), pk(O, 'A', 1901, 501, 900), pk(Y, 'A', 501, 2801), pk(O, 'A', 101, 501, 900), pk(O, 'A', 1801, 501, 1)],
    'ACK of data not seen': SHAKE + [pk(O, 'A', 101, 700), pk(O, 'A', 101, 502), pk(O, 'A', 101, 501)],
    'FIN out of the window, both ends': SHAKE + [pk(Y, 'A', 501, 101), pk(O, 'FA', 90000, 501), pk(Y, 'RA', 90000, 101), pk(O, 'RA', 90000, 501)],
    'FIN with an old ACK': SHAKE_L + [pk(Y, 'A', 60501, 101, 10), pk(O, 'A', 101, 60511, window=65000), pk(Y, 'A', 120000, 101, 10), pk(O, 'A', 101, 120010), pk(O, 'FA', 101, 600), pk(O, 'FA', 101, 54009), pk(O, 'FA', 101, 54010)],
    'RST out of the window while closing': SHAKE + [pk(O, 'FA', 101, 501), pk(Y, 'R', 90000, 0), pk(O, 'S', 900, 0)],
    'ACK three times': SHAKE + [pk(Y, 'A', 501, 101), pk(Y, 'A', 501, 101), pk(Y, 'A', 501, 101), pk(Y, 'A', 501, 101), pk(Y, 'A', 501, 101), pk(O, 'PA', 101, 501, 3)],
    'zero window': SHAKE + [pk(Y, 'A', 501, 101, window=0), pk(O, 'A', 101, 501, 1), pk(Y, 'A', 501, 101, window=0), pk(Y, 'A', 501, 102, window=500)],
    'keepalive': SHAKE + [pk(Y, 'A', 501, 101), pk(O, 'A', 100, 501), pk(Y, 'A', 501, 101)],
    'scaled window': SHAKE_W + [pk(O, 'A', 101, 501), pk(Y, 'A', 501, 101), pk(O, 'A', 120000, 501, 10), pk(O, 'A', 140000, 501, 10)],
    'scale offered by one end only': [pk(O, 'S', 100, 0, options='msw'), pk(Y, 'SA', 500, 101, options='m'), pk(O, 'A', 101, 501), pk(Y, 'A', 501, 101), pk(O, 'A', 120000, 501, 10)],
    'flag combinations': SHAKE + [pk(O, 'SF', 101, 501), pk(O, 'F', 101, 501), pk(O, '', 101, 501), pk(O, 'SR', 101, 501), pk(O, 'PA', 101, 501), pk(O, 'UA', 101, 501), pk(O, 'SFRPAU', 101, 501)],
}

def main():
    subprocess.run(f'ip netns del {R}; ip netns del {P}', shell=True, capture_output=True)
    setup()
    try:
        enter(P)
        ends = []
        for x in 'ab':
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.bind((f'p{x}', 0)); s.setblocking(False)
            ends.append(s)
        enter(R)
        out, port = [], 20000
        for loose in (1, 0):
            sh(f'sysctl -qw net.netfilter.nf_conntrack_tcp_loose={loose}')
            for name, packets in SEQUENCES.items():
                if not loose and not name.startswith('mid-stream'): continue
                port += 1
                seens = []
                for p in packets:
                    d = 1 if p['direction'] == Y else 0
                    mac = (b'\2\0\0\0\x0a\1\2\0\0\0\x0a\2', b'\2\0\0\0\x0b\1\2\0\0\0\x0b\2')[d]
                    drain(ends[1 - d])
                    ends[d].send(mac + b'\x08\0' + ip(*tcp(d, port, p)))
                    state = seen(ends[1 - d], 6)
                    seens.append({'ctstate': state, 'entry': entry(port)})
                out.append({'name': name, 'loose': loose, 'steps': [{**p, **s} for p, s in zip(packets, seens)]})
        print('{ "kernel": %s, "sequences": [' % json.dumps(os.uname().release.split('-')[0]))
        print(',\n'.join('  { "name": %s, "loose": %d, "steps": [\n    %s ] }' % (json.dumps(o['name']), o['loose'], ',\n    '.join(json.dumps(s) for s in o['steps'])) for o in out))
        print('] }')
    finally:
        subprocess.run(f'ip netns del {R}; ip netns del {P}', shell=True, capture_output=True)

main()
