"""What `iplint snapshot` costs, and whether it loses anything: on moto's server, which throttles and denies calls.

Usage: python benchmarks/snapshot.py [--instances N] [--throttled K]

Two accounts with N instances together (default 500) in three regions each, with roles, launch templates and groups.
Of the calls of each operation, the first and then one of K (default 20) is refused with RequestLimitExceeded or
Throttling.

- whole: the snapshot of both accounts through assumed roles, with user data.
- denied: the same with two operations that are not allowed; then again where they are.
- killed: the process is killed when half of the calls are made, and the same command run again.

Each has to give what a snapshot without any refusal gives, and `iplint audit` of it the same verdicts. Run it with the
interpreter of an environment that iplint[aws], moto and flask are installed in.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import boto3
from aws_server import Server, environment, served

REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-2")
ACCOUNTS = ("123456789012", "222233334444")
IMAGE = "ami-12c6146b"  # one that moto has
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
DENIED = ("DescribeLaunchTemplateVersions", "GetInstanceMetadataDefaults")


def populate(session: boto3.Session, instances: int) -> None:
    """Make an account with so many instances in each region: one of twenty allows IMDSv1."""
    iam = session.client("iam")
    for name in ("web", "batch"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    for region in REGIONS:
        ec2, scaling = (session.client(name, region_name=region) for name in ("ec2", "autoscaling"))
        for number in range(instances):
            # Of several that are made at once, moto gives one the profile.
            ec2.run_instances(
                ImageId=IMAGE,
                MinCount=1,
                MaxCount=1,
                UserData=f"#!/bin/sh\necho {number}\n",
                IamInstanceProfile={"Name": "web"},
                MetadataOptions={"HttpTokens": "optional" if number % 20 == 0 else "required"},
            )
        for name in ("a", "b"):
            made = ec2.create_launch_template(
                LaunchTemplateName=name,
                LaunchTemplateData={
                    "ImageId": IMAGE,
                    "IamInstanceProfile": {"Name": "batch"},
                    "MetadataOptions": {"HttpTokens": "required"},
                },
            )["LaunchTemplate"]
            scaling.create_auto_scaling_group(
                AutoScalingGroupName=name,
                MinSize=0,
                MaxSize=0,
                AvailabilityZones=[f"{region}a"],
                LaunchTemplate={"LaunchTemplateId": made["LaunchTemplateId"], "Version": "$Latest"},
            )


class Run:
    """One snapshot: what it took, what it said, and what it saved."""

    def __init__(self, server: Server, directory: Path, kill_after: int = 0) -> None:
        roles = (f"--role=arn:aws:iam::{account}:role/audit" for account in ACCOUNTS)
        options = ("--output", str(directory), "--user-data", *roles, *(f"--region={name}" for name in REGIONS))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "iplint", "snapshot", *options],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if kill_after:
            while process.poll() is None and sum(calls for calls, _ in server.calls().values()) < kill_after:
                time.sleep(0.02)
            process.kill()
        self.said = process.communicate()[1]
        self.status = process.returncode
        self.wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.peak = after.ru_maxrss / 1024  # of the largest so far
        counts = server.calls().values()
        self.calls, self.refused = sum(calls for calls, _ in counts), sum(refused for _, refused in counts)

    def row(self, name: str) -> str:
        return (
            f"| {name} | {self.status} | {self.calls:,} | {self.refused} | {self.cpu:.1f} | {self.wall:.1f} "
            f"| {self.peak:.0f} |"
        )


def verdicts(directory: Path) -> str:
    """The report of an audit."""
    command = [sys.executable, "-m", "iplint", "audit", ".", "--format", "json", "--undecided"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False).stdout


def kept(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def expect(what: str, is_true: bool) -> None:
    print(f"{'yes' if is_true else 'NO'}: {what}", flush=True)
    if not is_true:
        raise SystemExit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instances", type=int, default=500)
    parser.add_argument("--throttled", type=int, default=20)
    options = parser.parse_args(arguments)
    with served() as server, tempfile.TemporaryDirectory() as work:
        os.environ.update(environment(server))
        top = Path(work)
        per_region = options.instances // len(ACCOUNTS) // len(REGIONS)
        for account in ACCOUNTS:
            arn = f"arn:aws:iam::{account}:role/audit"
            given = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="fake")["Credentials"]
            populate(boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]), per_region)

        print("| run | exit status | calls | throttled | CPU s | wall s | peak MB |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        server.configure()
        plain = Run(server, top / "plain")
        print(plain.row("nothing refused"), flush=True)
        server.configure(options.throttled)
        whole = Run(server, top / "whole")
        print(whole.row("throttled"), flush=True)
        server.configure(options.throttled, DENIED)
        denied = Run(server, top / "denied")
        print(denied.row("throttled, two calls denied"), flush=True)
        denied_verdicts = verdicts(top / "denied")
        server.configure(options.throttled)
        again = Run(server, top / "denied")
        print(again.row("again, allowed"), flush=True)
        server.configure(options.throttled)
        killed = Run(server, top / "killed", whole.calls // 2)
        print(killed.row("throttled, killed"), flush=True)
        server.configure(options.throttled)
        on = Run(server, top / "killed")
        print(on.row("again, after the kill"), flush=True)
        expected = kept(top / "plain")
        report = verdicts(top / "plain")
        launches = json.loads(report)["summary"]["launches"]
        print(f"\n{len(expected)} files, {sum(map(len, expected.values())):,} bytes; audited: {launches}\n")
        expect("throttled calls change nothing that is saved", kept(top / "whole") == expected)
        named = ("describe-launch-template-versions", "get-instance-metadata-defaults")
        expect("denied calls are named", all(f"{name} of " in denied.said for name in named) and denied.status == 3)
        expect("what they decide is not proven", json.loads(denied_verdicts)["summary"]["launches"] != launches)
        expect("the same command completes it", again.status == 0 and kept(top / "denied") == expected)
        twice = killed.calls - killed.refused + on.calls - on.refused - plain.calls - len(ACCOUNTS) * 2
        expect(f"a run after a kill asks for the rest only ({twice} calls twice)", on.status == 0 and twice < 20)
        expect("and its snapshot is complete", kept(top / "killed") == expected)
        expect("the audit is the same", verdicts(top / "killed") == verdicts(top / "denied") == report)


if __name__ == "__main__":
    main()
