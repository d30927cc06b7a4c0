# SPDX-License-Identifier: Apache-2.0
"""Ports of this machine that nobody uses."""
import contextlib
import socket


def free_ports(count):
    """So many in a row: a REST door takes BackendPort= and the next one."""
    while True:
        with contextlib.ExitStack() as taken, contextlib.suppress(OSError, OverflowError):
            ports = []
            for _ in range(count):
                one = taken.enter_context(socket.socket())
                one.bind(("127.0.0.1", ports[-1] + 1 if ports else 0))
                ports.append(one.getsockname()[1])
            return ports
