"""This machine to itself: its free ports, and its names."""

from __future__ import annotations

import socket

# Names that end in .localhost are this machine, for browsers and curl; not every C library finds them. Source, since
# what a sample of the API says is run in a Python of its own.
FIND_LOCALHOST = """
import socket

def find_localhost(host, *arguments, resolve=socket.getaddrinfo, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return resolve("127.0.0.1" if name and name.endswith(".localhost") else host, *arguments, **options)

socket.getaddrinfo = find_localhost
"""


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
