"""What the harness adds to a node's rules, and takes out of what the node saves."""

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
