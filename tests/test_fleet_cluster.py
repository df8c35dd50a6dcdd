"""`iplint fleet` on real clusters: processes that are killed, a scheduler that comes back, object storage.

Everything that opens a socket runs in processes of its own, as the tests themselves are kept off the network.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from conftest import FIXTURES, TOP
from iplint.cli import run
from iplint.fleet.repository import Limits, Repository, Supply
from test_fleet import KEY, OWN_RULE, TEMPLATE, repository, tar
from test_no_code_of_the_checkout import Planted, not_loaded

pytest.importorskip("distributed", reason="distributed is not installed (iplint[fleet])")
pytestmark = [
    pytest.mark.xdist_group("fleet"),
    pytest.mark.skipif(sys.platform == "win32", reason="workers end processes by signals"),
]

SCHEMA = json.loads((TOP / "docs" / "fleet.schema.json").read_text(encoding="utf-8"))
PATHS = os.pathsep.join(str(TOP / name) for name in ("linter", "rules"))
# Takes a while in each repository, however many launches it has.
SLOW_RULE = f"seen = set()\n{OWN_RULE}".replace(
    "    yield from ()",
    "    if os.getcwd() not in seen:\n        time.sleep(0.2)\n    seen.add(os.getcwd())\n    yield from ()",
)
OTHER_SERVER = """\
import socket, time
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    connection, _ = listening.accept()
    connection.sendall(b"HTTP/1.0 400 Bad Request\\r\\n\\r\\n")
    time.sleep(60)
"""
MOTO = """\
import sys, time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
import boto3
address = "http://127.0.0.1:%d" % server.get_host_and_port()[1]
client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
client.create_bucket(Bucket="bucket")
for line in sys.stdin:
    name, path = line.rstrip("\\n").split("\\t")
    client.upload_file(path, "bucket", name)
    print(address, flush=True)
"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": PATHS, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error", **more}


class Ran:
    """What a run of the command gave."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status = done.returncode
        self.out, self.err = done.stdout, done.stderr


def fleet(*arguments: str | Path, cwd: Path, **more: str) -> Ran:
    return Ran(
        subprocess.run(
            [sys.executable, "-m", "iplint", "fleet", *map(str, arguments)],
            cwd=cwd,
            env=environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    )


def records(path: Path) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        validate(line, SCHEMA)
    assert [line["repository"] for line in lines] == sorted({line["repository"] for line in lines})
    return {line["repository"]: line for line in lines}


def archived(folder: Path, count: int) -> dict[str, Path]:
    """Archives of fixtures, by name."""
    kinds = sorted(path for path in FIXTURES.iterdir() if path.is_dir())
    made: dict[str, Path] = {}
    for number in range(count):
        source = kinds[number % len(kinds)]
        name = f"team-{number % 3}/{source.name}-{number}"
        files = sorted(path for path in source.rglob("*") if path.is_file())[number // len(kinds) :][:4]
        path = folder / f"{name}.tar.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = [(file.relative_to(source).as_posix(), file.read_bytes()) for file in files]
        made[name] = tar(path, *entries, ("number.txt", str(number).encode()))
    return made


def checked_alone(archives: dict[str, Path], top: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The reports of `iplint check` on what archives hold, in this process."""
    found: dict[str, Any] = {}
    for name, path in archives.items():
        place = top / name
        (place / ".git").mkdir(parents=True)
        shutil.unpack_archive(path, place, filter="data")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(place)
            status = run(["check", "--format", "json", "--no-cache", "-q"])
        found[name] = (status, json.loads(capsys.readouterr().out))
    return found


@pytest.fixture
def processes() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start processes that are ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*command: str, **more: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=environment(AWS_ACCESS_KEY_ID="fake", AWS_SECRET_ACCESS_KEY="fake"),
            text=True,
            start_new_session=True,
            **more,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_archives_of_object_storage_get_the_reports_of_a_check(
    tmp_path: Path, processes: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (iplint[fleet])")
    pytest.importorskip("flask", reason="flask, which moto's server needs, is not installed")
    pytest.importorskip("moto", reason="moto is not installed")
    archives = archived(tmp_path / "archives", 30)
    server = processes("-c", MOTO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert server.stdin is not None
    assert server.stdout is not None

    def upload(name: str) -> str:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(f"repos/{name}.tar.gz\t{archives[name]}\n")
        server.stdin.flush()
        return server.stdout.readline().strip()

    addresses = {upload(name) for name in archives}
    storage = {
        "AWS_ENDPOINT_URL": addresses.pop(),
        "AWS_ACCESS_KEY_ID": "fake",
        "AWS_SECRET_ACCESS_KEY": "fake",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    asked = ("s3://bucket/repos/*/*.tar.gz", "--workers", "2", "-o", "jsonl:out.jsonl", "-o", "sarif:sarif")
    done = fleet(*asked, "-o", "parquet:tables", cwd=tmp_path, **storage)
    expected = checked_alone(archives, tmp_path / "alone", capsys)
    found = records(tmp_path / "out.jsonl")
    assert {name: (record["exit"], record["report"]) for name, record in found.items()} == expected
    assert {record["group"] for record in found.values()} == {"team-0", "team-1", "team-2"}
    assert done.status == max(status for status, _ in expected.values())
    assert len(list((tmp_path / "sarif").glob("*.sarif"))) == 30

    import pyarrow.parquet

    table = pyarrow.parquet.read_table(tmp_path / "tables" / "findings.parquet")
    assert table.num_rows == sum(len(report["findings"]) for _, report in expected.values())
    table = pyarrow.parquet.read_table(tmp_path / "tables" / "repositories.parquet")
    assert sorted(table["repository"].to_pylist()) == sorted(expected)

    # What is unchanged is not checked again, unless a suppression in it has ended. A storage that denies is named,
    # and the rest goes on.
    before = shutil.copy(tmp_path / "out.jsonl", tmp_path / "before.jsonl")
    ended = next(iter(expected))
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    lines = [line.replace('"until":null', '"until":"2020-01-01"') if f'"{ended}"' in line else line for line in lines]
    (tmp_path / "out.jsonl").write_text("".join(lines), encoding="utf-8")
    name = next(name for name, (status, _) in expected.items() if status == 1 and name != ended)
    tar(archives[name], ("empty.txt", b""))
    upload(name)
    done = fleet(*asked, "s3://other-bucket/*.zip", "--since-run", before, "-f", "json", cwd=tmp_path, **storage)
    assert done.status == 3, done.err
    summary = json.loads(done.out)
    assert (done.status, summary["unchanged"]) == (3, 28)
    assert summary["refused"][0]["source"] == "s3://other-bucket/*.zip"
    trend = summary["summary"]["trend"]
    assert (trend["new"], trend["unknown"]) == (0, 0)
    assert trend["fixed"] == sum(one["verdict"] == "fail" for one in expected[name][1]["findings"])


class DaskCluster:
    """A scheduler and workers, each in processes of its own, at an address that stays."""

    def __init__(self, start: Callable[..., subprocess.Popen[str]], top: Path, port: int) -> None:
        self._start = start
        self._top = top
        self._port = port
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = self._scheduler()
        self.workers = [self._worker(number) for number in range(3)]

    def _scheduler(self) -> subprocess.Popen[str]:
        where = ("--host", "127.0.0.1", "--port", str(self._port), "--no-dashboard")
        return self._start("-m", "dask", "scheduler", *where, stderr=subprocess.DEVNULL, cwd=self._top)

    def _worker(self, number: int) -> subprocess.Popen[str]:
        place = self._top / f"worker-{number}"
        place.mkdir()
        options = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(place))
        return self._start("-m", "dask", "worker", self.address, *options, stderr=subprocess.DEVNULL, cwd=place)

    def restart(self) -> None:
        """Kill the scheduler, with which workers end, and start all again, as whatever runs a cluster does."""
        end(self.scheduler)
        self.scheduler = self._scheduler()
        self.workers = [self._worker(number) for number in range(3, 5)]


def free_port() -> int:
    asking = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
    return int(subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=True).stdout)


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_nothing(top: Path, seconds: float = 30) -> None:
    last = time.monotonic() + seconds
    while found := [path for number in (3, 4) for path in (top / f"worker-{number}").rglob("iplint-*")]:
        assert time.monotonic() < last, found
        time.sleep(0.1)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 60) -> None:
    last = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the run ended early"
        assert time.monotonic() < last
        time.sleep(0.05)


def test_nothing_is_lost_when_workers_and_the_scheduler_are_killed(
    tmp_path: Path, processes: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    archives = archived(tmp_path / "archives", 40)
    tar(tmp_path / "archives" / "team-0" / "grow.tar.gz", ("a.yaml", TEMPLATE.replace("Web", "Grow").encode()))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own_rule.py").write_text(SLOW_RULE, encoding="utf-8")
    cluster = DaskCluster(processes, tmp_path, free_port())
    asked = ("archives", "--scheduler", cluster.address, "-o", "jsonl:out.jsonl", "--rules", "own", "--memory", "220")
    going = processes("-m", "iplint", "fleet", *asked, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = tmp_path / "out.jsonl"
    wait_for(lambda: lines_in(output) >= 5, going)
    end(cluster.workers[0])
    wait_for(lambda: lines_in(output) >= 15, going)
    cluster.restart()
    out, err = going.communicate(timeout=200)
    found = records(output)
    grown = found.pop("team-0/grow")
    assert (grown["status"], grown["cause"]) == ("failed", "it takes more than 220 MiB of memory")
    expected = checked_alone(archives, tmp_path / "alone", capsys)
    assert {name: (record["exit"], record["report"]) for name, record in found.items()} == expected
    assert going.returncode == 3
    # The workers that are left keep nothing of the run.
    wait_for_nothing(tmp_path)
    assert "the scheduler is gone" in err
    assert "not checked: team-0/grow" in out


IMPATIENT = """\
import sys
from iplint.cli import fleet, main
from iplint.fleet import run
fleet.PATIENCE, run._REFRESH_SECONDS = 5, 0.5
sys.argv = ["iplint", "fleet", *sys.argv[1:]]
main()
"""


def test_a_run_whose_workers_do_not_come_back_ends(
    tmp_path: Path, processes: Callable[..., subprocess.Popen[str]]
) -> None:
    archived(tmp_path / "archives", 20)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own_rule.py").write_text(SLOW_RULE, encoding="utf-8")
    cluster = DaskCluster(processes, tmp_path, free_port())
    time.sleep(1)
    asked = ("archives", "--scheduler", cluster.address, "-o", "jsonl:out.jsonl", "--rules", "own")
    going = processes("-c", IMPATIENT, *asked, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: lines_in(tmp_path / "out.jsonl") >= 2, going)
    for worker in cluster.workers:
        end(worker)
    _, err = going.communicate(timeout=100)
    assert going.returncode == 3
    assert "all workers are; waiting up to 5 seconds" in err
    assert "has had no worker for 5 seconds; " in err.splitlines()[-1]
    assert "the same command goes on with them" in err.splitlines()[-1]


def test_a_run_that_was_interrupted_goes_on(tmp_path: Path, processes: Callable[..., subprocess.Popen[str]]) -> None:
    archived(tmp_path / "archives", 20)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own_rule.py").write_text(SLOW_RULE, encoding="utf-8")
    asked = ("archives", "--workers", "2", "-o", "jsonl:out.jsonl", "--rules", "own")
    going = processes("-m", "iplint", "fleet", *asked, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = tmp_path / "out.jsonl"
    wait_for(lambda: lines_in(output) >= 3, going)
    going.send_signal(signal.SIGINT)
    going.communicate(timeout=60)
    assert going.returncode == 130
    done = lines_in(output)
    # Somebody else's cluster has the usual port of Dask's pages, or this one has.
    processes("-c", OTHER_SERVER.replace('", 0)', '", 8787)'), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    second = fleet(*asked, "-f", "json", cwd=tmp_path)
    assert all(line.startswith("iplint: ") for line in second.err.splitlines())
    summary = json.loads(second.out)
    assert summary["summary"]["repositories"] == 20
    assert summary["unchanged"] >= done - 1
    # The workers of the interrupted run are gone.
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False).stdout
    assert str(tmp_path) not in listed


def test_keys_leave_in_no_output(tmp_path: Path) -> None:
    key = f"Properties: {{UserData: 'export AWS_ACCESS_KEY_ID={KEY}'}}"
    text = TEMPLATE + f"  Other:\n    Type: AWS::EC2::Instance\n    {key}\n# {KEY}\n"
    repository(tmp_path / "repos" / f"r-{KEY}", {f"{KEY}.yaml": text})
    done = fleet(
        "repos", "-o", "jsonl:out.jsonl", "-o", "sarif:sarif", "-o", "parquet:p", "--workers", "1", cwd=tmp_path
    )
    assert done.status == 1
    written = done.out + done.err + (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    for path in [*(tmp_path / "sarif").iterdir(), *(tmp_path / "p").iterdir()]:
        written += path.name + path.read_bytes().decode("latin-1")
    assert KEY not in written
    assert "hardcoded-access-key" in written


PAGES = """\
import urllib.error, urllib.request
from distributed import Client
from iplint.fleet.run import Cluster

if __name__ == "__main__":
    with Cluster(None, 1, 60, print)._started() as (address, security):
        client = Client(address, security=security)
        client.wait_for_workers(1)
        nodes = [client.scheduler_info(), *client.scheduler_info()["workers"].values()]
        for node in nodes:
            for page in ("health", "info/main/workers.html", "info/logs", "json/counts.json", "eventstream", "status"):
                try:
                    print(urllib.request.urlopen(f"http://127.0.0.1:{node['services']['dashboard']}/{page}").status)
                except urllib.error.HTTPError as error:
                    print(error.code)
        client.close()
"""


def test_no_page_says_what_is_checked(tmp_path: Path) -> None:
    """Anybody on the machine could read it."""
    (tmp_path / "pages.py").write_text(PAGES, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "pages.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, {*done.stdout.split()}) == (0, {"404"}), done.stderr


@pytest.mark.parametrize(("redirected", "why"), [(">/dev/full", "No space left on device"), (">&-", "it is closed")])
def test_a_summary_that_cannot_be_printed_is_said(tmp_path: Path, redirected: str, why: str) -> None:
    repository(tmp_path / "one", {"web.yaml": TEMPLATE})
    done = subprocess.run(
        ["bash", "-c", f'"$0" -m iplint fleet one -q {redirected}', sys.executable],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (3, f"iplint: cannot write to standard output: {why}\n")


@pytest.mark.parametrize(
    ("number", "status", "line"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "ended by SIGTERM"),
        (signal.SIGHUP, 129, "ended by SIGHUP"),
    ],
)
def test_a_signal_leaves_nothing_behind(
    tmp_path: Path, processes: Callable[..., subprocess.Popen[str]], number: int, status: int, line: str
) -> None:
    archived(tmp_path / "archives", 20)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own_rule.py").write_text(SLOW_RULE, encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    asked = ("archives", "--workers", "2", "-q", "-o", "jsonl:out.jsonl", "--rules", "own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path / "temporary"))
        going = processes("-m", "iplint", "fleet", *asked, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: lines_in(tmp_path / "out.jsonl") >= 2, going)
    going.send_signal(number)
    printed = going.communicate(timeout=60)
    assert (going.returncode, *printed) == (status, "", f"iplint: {line}\n")
    last = time.monotonic() + 30
    while str(tmp_path) in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False).stdout:
        assert time.monotonic() < last
        time.sleep(0.1)
    assert os.listdir(tmp_path / "temporary") == []


def test_workers_run_nothing_of_the_working_directory(tmp_path: Path) -> None:
    """Python looks there first for the modules of their processes, as a PATH may do for programs of the system."""
    planted = Planted(tmp_path / "checkout", tmp_path / "marks")
    planted.modules(not_loaded())
    planted.programs()
    repository(planted.path / "inner", {"web.yaml": TEMPLATE})
    done = fleet(".", cwd=planted.path, PATH=os.pathsep.join([".", "", os.environ["PATH"]]))
    assert (done.status, planted.ran) == (1, []), done.err


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ("import distributed.versions as v; v.required_packages = []", "has distributed in an unknown version"),
        ("import iplint.cache; iplint.cache.code = lambda: 'other'", "has another version of iplint"),
        ("import sys; sys.modules['iplint.fleet'] = None", "the workers cannot check"),
    ],
)
def test_a_worker_of_another_version_is_a_clear_error(
    tmp_path: Path, processes: Callable[..., subprocess.Popen[str]], patch: str, words: str
) -> None:
    archived(tmp_path / "archives", 1)
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet: dict[str, Any] = {"stderr": subprocess.DEVNULL, "cwd": tmp_path}
    processes("-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", **quiet)
    (tmp_path / "other.py").write_text(patch, encoding="utf-8")
    options = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--preload", str(tmp_path / "other.py"))
    processes("-m", "dask", "worker", address, *options, **quiet)
    done = fleet("archives", "--scheduler", address, cwd=tmp_path)
    assert done.status == 2
    assert words in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def test_a_scheduler_of_another_version_is_a_clear_error(
    tmp_path: Path, processes: Callable[..., subprocess.Popen[str]]
) -> None:
    archived(tmp_path / "archives", 1)
    port = free_port()
    quiet: dict[str, Any] = {"stderr": subprocess.DEVNULL, "cwd": tmp_path}
    (tmp_path / "other.py").write_text("import distributed.versions as v; v.required_packages = []", encoding="utf-8")
    options = ("--no-dashboard", "--preload", str(tmp_path / "other.py"))
    processes("-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(port), *options, **quiet)
    address = f"tcp://127.0.0.1:{port}"
    processes("-m", "dask", "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny", **quiet)
    done = fleet("archives", "--scheduler", address, cwd=tmp_path)
    assert done.status == 2
    assert "the scheduler has distributed in an unknown version" in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


@pytest.mark.parametrize("listens", [False, True])
def test_a_scheduler_that_is_none_is_a_clear_error(
    tmp_path: Path, processes: Callable[..., subprocess.Popen[str]], listens: bool
) -> None:
    archived(tmp_path / "archives", 1)
    port = str(free_port())
    if listens:
        other = processes("-c", OTHER_SERVER, stdout=subprocess.PIPE)
        assert other.stdout is not None
        port = other.stdout.readline().strip()
    done = fleet("archives", "--scheduler", f"tcp://127.0.0.1:{port}", cwd=tmp_path)
    assert done.status == 2
    assert "no connection to the scheduler" in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def test_what_listens_and_does_not_answer_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of distributed waits for it without an end."""
    from iplint.fleet import run as cluster

    ended = threading.Event()
    monkeypatch.setattr(cluster, "_CLIENT", lambda *arguments, **named: ended.wait())
    monkeypatch.setattr(cluster, "_ANSWER_SECONDS", 0.1)
    supply = Supply({}, {}, Limits(1, 1, 1), code="", module="", sarif=False, digests=False)
    with pytest.raises(cluster.ClusterError, match="what listens there does not answer"):
        next(cluster.Cluster("tcp://fake", 1, 0, print).answers([Repository("a", "archive", "a")], supply, {}))
    ended.set()
