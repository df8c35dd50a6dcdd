"""Loaded by every Python that the tests start: no connection leaves, whatever is being tested.

Tests that install packages set IPLINT_TESTS_ONLINE for the processes that they start for that.
"""

from __future__ import annotations

import os
import sys

EVENTS = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"))


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what reaches for a network; sockets of this machine's own files are none."""
    if event in EVENTS and not os.environ.get("IPLINT_TESTS_ONLINE"):
        address = arguments[1] if event.startswith(("socket.connect", "socket.send")) else arguments[0]
        if isinstance(address, tuple) or event.startswith("socket.get"):
            raise RuntimeError(f"a test reaches for the network: {event} {address!r}")


sys.addaudithook(refuse)
