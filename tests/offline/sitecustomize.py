"""Loaded by the tests and by every iplint that they start: nothing reaches for a network, whatever is being tested."""

from __future__ import annotations

import sys

ASKING = frozenset(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"))
SENDING = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what reaches for a network; sockets that are files of this machine have no pair as their address."""
    if event in ASKING or (event in SENDING and isinstance(arguments[1], tuple)):
        raise RuntimeError(f"a test reaches for the network: {event}")


sys.addaudithook(refuse)
