"""Names that end in .localhost are this machine, for browsers and curl; not every C library finds them."""

from __future__ import annotations

# Source, since what a sample of the API says is run in a Python of its own.
FIND_LOCALHOST = """
import socket

def find_localhost(host, *arguments, resolve=socket.getaddrinfo, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return resolve("127.0.0.1" if name and name.endswith(".localhost") else host, *arguments, **options)

socket.getaddrinfo = find_localhost
"""
