"""Records which matches of a rule set hold for packets that this machine's kernel sends: writes kernel-recorded.json.

Run as root: python3 record.py > kernel-recorded.json, then format it.
One namespace with a veth whose far end swallows everything. All rules stand in filter OUTPUT without a target; what a
rule's counter gains by one packet is whether it matched.
"""
import ctypes, json, os, socket, struct, subprocess, sys, time

NS = 'match-record'
libc = ctypes.CDLL(None, use_errno=True)

RULES = {4: '''
-m owner --uid-owner 0
-m owner ! --uid-owner 0
-m owner --uid-owner 1-2000
-m owner --gid-owner 0
-m owner --socket-exists
-m owner ! --socket-exists
-m owner ! --socket-exists ! --uid-owner 5
-m tos --tos 0x10
-m tos --tos 0x10/0x1f
-m tos --tos Minimize-Delay
-m tos ! --tos 0x10/0x30
-m dscp --dscp 4
-m dscp ! --dscp 4
-m dscp --dscp-class EF
-m ecn --ecn-ip-ect 2
-m ecn ! --ecn-ip-ect 0
-m ttl --ttl-eq 64
-m ttl ! --ttl-eq 64
-m ttl --ttl-lt 64
-m ttl --ttl-gt 4
-m length --length 36
-m length --length 28:40
-m length ! --length 0:40
-m length --length 40:28
-p udp -m multiport --ports 1053,2000
-p udp -m multiport --sports 1050:1060
-p udp -m multiport ! --dports 2000,1:10
-p udp -m multiport ! --ports 1000
-p udp -m udp --dport 2000
-p udp -m udp ! --sport 1000:1001
-p udp -m udp --dport 3000:1
-p udp -m udp ! --dport 3000:1
-p icmp -m icmp --icmp-type 8
-p icmp -m icmp --icmp-type 8/1
-p icmp -m icmp ! --icmp-type 8/1
-p icmp -m icmp ! --icmp-type 8/0
-p icmp -m icmp --icmp-type any
-p icmp -m icmp ! --icmp-type any
-m iprange --dst-range 10.9.0.1-10.9.0.3
-m iprange ! --dst-range 10.9.0.3-10.9.0.5
-m iprange --dst-range 10.9.0.5-10.9.0.1
-m iprange ! --dst-range 10.9.0.5-10.9.0.1
-m addrtype --src-type LOCAL
-m addrtype --dst-type LOCAL
-m addrtype --dst-type UNICAST
-m addrtype --dst-type BROADCAST
-m addrtype ! --dst-type LOCAL,BROADCAST
-m addrtype --dst-type MULTICAST,UNSPEC
-m addrtype --dst-type LOCAL --limit-iface-out
-m addrtype --src-type LOCAL --limit-iface-out
-m pkttype --pkt-type unicast
-m pkttype --pkt-type broadcast
-m pkttype ! --pkt-type multicast
-m conntrack --ctstate NEW
-m conntrack ! --ctstate NEW
-m conntrack --ctstate ESTABLISHED
-m conntrack --ctproto 17
-m conntrack --ctproto 17 --ctstate NEW --ctorigsrc 10.9.0.1 --ctorigdst 10.0.0.0/8
-m conntrack --ctorigdstport 2000:3000
-m conntrack ! --ctorigdstport 2000:3000
-m conntrack --ctrepldst 10.9.0.1 --ctreplsrc 10.9.0.2
-m conntrack --ctstatus NONE
-m conntrack ! --ctstatus NONE
-m conntrack --ctstatus CONFIRMED
-m conntrack ! --ctstatus CONFIRMED,SEEN_REPLY
-m conntrack --ctdir ORIGINAL
-m conntrack --ctdir REPLY
-m conntrack --ctstate SNAT
-m conntrack ! --ctstate SNAT,DNAT
-m conntrack --ctstate UNTRACKED --ctproto 6
-m conntrack ! --ctstate NEW --ctproto 6
-m conntrack ! --ctstate INVALID --ctexpire 5:6
-m state --state NEW,ESTABLISHED
-m connmark --mark 0
-m connmark ! --mark 1
-m mark --mark 0
-m mark --mark 0x5/0x4
-m mark ! --mark 0x5/0x4
-m physdev --physdev-is-in
-m physdev ! --physdev-is-in
-m physdev ! --physdev-in +
-m physdev --physdev-in +
-m physdev ! --physdev-is-bridged
-m physdev ! --physdev-is-in --physdev-in eth0
-m statistic --mode nth --every 3 --packet 0
-m statistic --mode nth --every 3 --packet 2
-m statistic --mode nth ! --every 2 --packet 1
-m statistic --mode random --probability 0
-m statistic --mode random --probability 1
-m statistic --mode random ! --probability 1
-m quota --quota 100
-m quota ! --quota 100
-p tcp -m tcpmss --mss 1:2000
-p tcp -m tcpmss ! --mss 1:2000
-m connlimit --connlimit-above 2 --connlimit-mask 32 --connlimit-saddr
-m connlimit --connlimit-upto 2 --connlimit-mask 32 --connlimit-daddr
-m recent --set --name px1 --mask 255.255.255.255 --rsource
-m recent ! --set --name px2 --mask 255.255.255.255 --rsource
-m time --datestart 2020-01-01T00:00:00 --datestop 2037-01-01T00:00:00
-m time --datestop 2020-01-01T00:00:00
''', 6: '''
-m addrtype --src-type LOCAL
-m addrtype --dst-type LOCAL
-m addrtype --dst-type UNICAST
-m addrtype --dst-type UNICAST,LOCAL
-m addrtype ! --dst-type UNICAST,LOCAL
-m addrtype --dst-type MULTICAST
-m addrtype --dst-type UNICAST,MULTICAST
-m addrtype ! --dst-type MULTICAST
-m addrtype --dst-type UNSPEC
-m addrtype --dst-type UNREACHABLE
-m addrtype --src-type UNICAST --dst-type UNICAST
-m addrtype --src-type LOCAL --limit-iface-out
-m addrtype --dst-type LOCAL --limit-iface-out
-m hl --hl-eq 64
-m hl ! --hl-eq 64
-m hl --hl-lt 64
-m hl --hl-gt 4
-m length --length 56
-m tos --tos 0x10
-m dscp --dscp 4
-m ecn --ecn-ip-ect 2
-m frag --fragfirst
-m frag ! --fragid 5
-m hbh
-m hbh ! --hbh-len 5
-m rt ! --rt-type 5
-m ipv6header --header prot
-m ipv6header ! --header prot
-m ipv6header --header none --soft
-m ipv6header --header prot --soft
-m ipv6header ! --header frag --soft
-m ipv6header ! --header frag
-p icmpv6 --icmpv6-type 128
-p icmpv6 ! --icmpv6-type 128/0
-p icmpv6 --icmpv6-type 128/1
-m iprange --dst-range fd00:9::1-fd00:9::ff
-m iprange ! --dst-range fd00:9::3-fd00:9::ff
-m conntrack --ctorigdst fd00:9::/64 --ctstate NEW
-m conntrack ! --ctorigdst fd00:9::2
-m connlimit --connlimit-above 1 --connlimit-mask 64
-m owner --uid-owner 0
'''}

def sh(command):
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout

def enter():
    fd = os.open(f'/var/run/netns/{NS}', os.O_RDONLY)
    if libc.setns(fd, 0x40000000): raise OSError(ctypes.get_errno())
    os.close(fd)

def setup():
    sh(f'ip netns add {NS}; ip netns add {NS}-far')
    sh(f'ip link add out0 netns {NS} address 02:00:00:00:09:01 type veth peer name far0 netns {NS}-far')
    sh(f'ip netns exec {NS}-far sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip -n {NS}-far link set far0 arp off up')
    sh(f'ip netns exec {NS} sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0')
    sh(f'ip -n {NS} link set lo up; ip -n {NS} link set out0 up; ip -n {NS} addr add 10.9.0.1/24 brd 10.9.0.255 dev out0; ip -n {NS} addr add fd00:9::1/64 nodad dev out0')
    for host in ('10.9.0.2', 'fd00:9::2'): sh(f'ip -n {NS} neigh replace {host} lladdr 02:00:00:00:09:02 dev out0 nud permanent')
    enter()
    time.sleep(3)  # neighbour and listener reports of the new link

def load():
    for version, command in ((4, 'iptables-legacy-restore'), (6, 'ip6tables-legacy-restore')):
        rules = ''.join(f'-A OUTPUT {rule}\n' for rule in RULES[version].strip().split('\n'))
        raw = '*raw\n-A OUTPUT -p udp -m udp --dport 4444 -j NOTRACK\nCOMMIT\n' if version == 4 else ''
        subprocess.run([command], input=f'{raw}*filter\n{rules}COMMIT\n', text=True, check=True)

def counters(version):
    lines = [line for line in sh(f'ip{"6" if version == 6 else ""}tables-legacy-save -c -t filter').split('\n') if line.startswith('[')]
    return [int(line[1:line.index(':')]) for line in lines], [line.split('-A OUTPUT ')[1] for line in lines]

def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16: total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff

def as_user(uid, send):
    if not uid: return send()
    pid = os.fork()
    if pid == 0:
        os.setgid(uid); os.setuid(uid); send(); os._exit(0)
    os.waitpid(pid, 0)

def udp(sport, dport, dst='10.9.0.2', tos=0, ttl=64, uid=0, size=8):
    def send():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_IP, socket.IP_TOS, tos); s.setsockopt(socket.SOL_IP, socket.IP_TTL, ttl)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.bind(('10.9.0.1', sport)); s.sendto(bytes(size), (dst, dport)); s.close()
    as_user(uid, send)
    return dict(src='10.9.0.1', dst=dst, proto='udp', sport=sport, dport=dport, tos=tos, ttl=ttl, uid=uid, gid=uid, payload=size)

def icmp(kind, code, ident):
    body = struct.pack('!BBHHH', kind, code, 0, ident, 1) + bytes(8)
    body = struct.pack('!BBHHH', kind, code, checksum(body), ident, 1) + bytes(8)
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); s.bind(('10.9.0.1', 0)); s.sendto(body, ('10.9.0.2', 0)); s.close()
    return dict(src='10.9.0.1', dst='10.9.0.2', proto='icmp', icmpType=kind, icmpCode=code, icmpId=ident, icmpSeq=1, uid=0, gid=0, payload=8)

def tcp(sport, dport, flags, mss=None):
    option = struct.pack('!BBH', 2, 4, mss) if mss else b''
    bits = sum({'SYN': 2, 'ACK': 16}[name] for name in flags)
    header = lambda check: struct.pack('!HHIIBBHHH', sport, dport, 100, 0, ((20 + len(option)) // 4) << 4, bits, 64240, check, 0) + option
    pseudo = socket.inet_aton('10.9.0.1') + socket.inet_aton('10.9.0.2') + struct.pack('!BBH', 0, 6, 20 + len(option))
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP); s.bind(('10.9.0.1', 0)); s.sendto(header(checksum(pseudo + header(0))), ('10.9.0.2', 0)); s.close()
    packet = dict(src='10.9.0.1', dst='10.9.0.2', proto='tcp', sport=sport, dport=dport, flags=flags, seq=100, ack=0, window=64240, uid=0, gid=0, payload=0)
    return {**packet, 'mss': mss} if mss else packet

def udp6(sport, dport, dst='fd00:9::2', tos=0, ttl=64, size=8):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos); s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl); s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl)
    s.bind(('fd00:9::1', sport)); s.sendto(bytes(size), (dst, dport, 0, socket.if_nametoindex('out0') if dst.startswith('ff') else 0)); s.close()
    return dict(src='fd00:9::1', dst=dst, proto='udp', sport=sport, dport=dport, tos=tos, ttl=ttl, uid=0, gid=0, payload=size)

def icmp6(ident):
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6); s.bind(('fd00:9::1', 0))
    s.sendto(struct.pack('!BBHHH', 128, 0, 0, ident, 1) + bytes(8), ('fd00:9::2', 0)); s.close()
    return dict(src='fd00:9::1', dst='fd00:9::2', proto='icmpv6', icmpType=128, icmpCode=0, icmpId=ident, icmpSeq=1, uid=0, gid=0, payload=8)

SENT = [
    (4, lambda: udp(1000, 2000, tos=0x10)), (4, lambda: udp(1053, 5353, tos=0xb8, ttl=5, uid=1000)), (4, lambda: udp(1001, 2500, tos=0x32, size=100)), (4, lambda: udp(1000, 2000, tos=0x10)),
    (4, lambda: icmp(8, 0, 7)), (4, lambda: icmp(8, 1, 8)), (4, lambda: tcp(5000, 80, ['SYN'], 1460)), (4, lambda: tcp(5001, 80, ['SYN'])), (4, lambda: tcp(5002, 80, ['SYN', 'ACK'])),
    (4, lambda: udp(1000, 4444)), (4, lambda: udp(1002, 2001, dst='10.9.0.255')), (4, lambda: udp(1004, 2003, tos=3, ttl=1, size=0)),
    (6, lambda: udp6(1000, 2000)), (6, lambda: udp6(1001, 2000, tos=0x12, ttl=5)), (6, lambda: icmp6(9)), (6, lambda: udp6(1003, 2000, size=50)),
]

def record():
    load()
    sh('conntrack -F')
    sections = ''.join(f'==> {command} <==\n' + '\n'.join(line for line in sh(command).split('\n') if not line.startswith('#')) for command in
                       ('iptables-legacy-save', 'ip6tables-legacy-save', 'ip -j addr', 'ip -d -j link', 'ip -j route show table all', 'ip -j rule', 'ip -j -6 rule'))
    sent = []
    for version, send in SENT:
        before, _ = counters(version)
        packet = send()
        time.sleep(0.02)
        after, _ = counters(version)
        sent.append({'family': f'ipv{version}', 'packet': packet, 'hits': ''.join(str(b - a) for a, b in zip(before, after))})
    return {'kernel': '.'.join(os.uname().release.split('.')[:2]), 'rules': {f'ipv{v}': counters(v)[1] for v in (4, 6)}, 'snapshot': sections, 'sent': sent}

try:
    setup()
    json.dump(record(), sys.stdout)
finally:
    for name in (NS, f'{NS}-far'): subprocess.run(['ip', 'netns', 'del', name])
