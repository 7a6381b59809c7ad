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

import json
import os
import sys
import time

# No __pycache__ in the source tree.
sys.dont_write_bytecode = True

from identity import GROUPS  # noqa: E402
from machine import Refused, read_limits, remove_lock, run, versions, wait_for_ticks  # noqa: E402
from node import Node  # noqa: E402


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
                        node.sockets.sink(proto, port)
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
        remove_lock()


main()
