"""moto's server in place of AWS, which refuses calls as AWS does: some are throttled, others denied.

Usage: python benchmarks/aws_server.py. It prints its address and ends with its standard input. POST to `/settings` sets
`throttled`, one of how many calls of an operation is refused, and `denied`, operations that are not allowed. The
answer, as that of GET, counts the calls by operation: how many came, and how many of them were throttled.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

# The services whose requests name their operation in a form; in their answers the error is nested alike.
ERROR = "<{0}><Error><Type>Sender</Type><Code>{1}</Code><Message>fake</Message></Error></{0}>"
EC2_ERROR = "<Response><Errors><Error><Code>{1}</Code><Message>fake</Message></Error></Errors></Response>"
# What moto does not know: no default is set.
DEFAULTS = "<GetInstanceMetadataDefaultsResponse><accountLevel/></GetInstanceMetadataDefaultsResponse>"


class Refusing:
    """An application that refuses some calls, and passes the others to moto."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.throttled = 0
        self.denied: list[str] = []
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if environ["PATH_INFO"] == "/settings":
            return self.set(body, start)
        is_form = "form-urlencoded" in environ.get("CONTENT_TYPE", "")
        [operation] = parse_qs(body.decode()).get("Action", [""]) if is_form else [""]
        is_ec2 = "/ec2/" in environ.get("HTTP_AUTHORIZATION", "")
        if operation:
            code = self.refusal(operation, is_ec2)
            if code:
                text = (EC2_ERROR if is_ec2 else ERROR).format("ErrorResponse", code)
                status = "503 Unavailable" if code == "RequestLimitExceeded" else "400 Bad Request"
                start(status, [("Content-Type", "text/xml")])
                return [text.encode()]
        if operation == "GetInstanceMetadataDefaults":
            start("200 OK", [("Content-Type", "text/xml")])
            return [DEFAULTS.encode()]
        answer: Iterable[bytes] = self.inner(environ, start)
        return answer

    def refusal(self, operation: str, is_ec2: bool) -> str:
        """The code of the error that a call gets; "" for none."""
        with self.lock:
            self.calls[operation] += 1
            if operation in self.denied:
                return "UnauthorizedOperation" if is_ec2 else "AccessDenied"
            # The first call of each is refused, too.
            if self.throttled and self.calls[operation] % self.throttled == 1 % self.throttled:
                self.refused[operation] += 1
                return "RequestLimitExceeded" if is_ec2 else "Throttling"
        return ""

    def set(self, body: bytes, start: Any) -> Iterable[bytes]:
        with self.lock:
            before = {name: [count, self.refused[name]] for name, count in sorted(self.calls.items())}
            if body:
                given = json.loads(body)
                self.throttled, self.denied = given["throttled"], given["denied"]
                self.calls.clear()
                self.refused.clear()
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(before).encode()]


class Server:
    """The server as a process of its own."""

    def __init__(self, address: str) -> None:
        self.address = address

    def calls(self) -> dict[str, tuple[int, int]]:
        """How many calls of each operation there were since the last `configure`, and how many were throttled."""
        return self._asked(None)

    def configure(self, throttled: int = 0, denied: Iterable[str] = ()) -> None:
        self._asked(json.dumps({"throttled": throttled, "denied": [*denied]}).encode())

    def _asked(self, data: bytes | None) -> dict[str, tuple[int, int]]:
        with urllib.request.urlopen(f"{self.address}/settings", data) as answer:
            return {name: (calls, refused) for name, (calls, refused) in json.load(answer).items()}


@contextlib.contextmanager
def served() -> Iterator[Server]:
    """Start the server, and end it with the context."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield Server(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


def environment(server: Server) -> dict[str, str]:
    """What sends the calls of boto3, and of pyarrow, to the server."""
    return {
        "AWS_ENDPOINT_URL": server.address,
        "AWS_ACCESS_KEY_ID": "fake",
        "AWS_SECRET_ACCESS_KEY": "fake",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def main() -> None:
    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    application = Refusing(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
