"""No test reaches for a network, and no iplint that a test starts does: an audit hook refuses it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from conftest import PATHS


def test_this_process_cannot_connect() -> None:
    with pytest.raises(RuntimeError, match="reaches for the network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, pytest.raises(RuntimeError, match="network"):
        sender.sendto(b"", ("192.0.2.1", 53))


def test_what_the_tests_start_cannot_ask_for_a_name() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import socket; socket.getaddrinfo('example.com', 443)"],
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "reaches for the network" in done.stderr
