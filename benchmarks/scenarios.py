"""What conditions cost: a template whose resources each have a condition, against the same one without them.

Usage: python benchmarks/scenarios.py [CONDITIONS]. Runs of the two templates alternate; the medians of 15 pairs are
printed, with the medians of their differences, for the CPU time of the whole `iplint check` and for its peak memory.
Run it with the interpreter of an environment that iplint is installed in, with its modules compiled.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

PAIRS = 15


def template(number: int, conditions: bool) -> str:
    """A template with so many instances; each exists under a condition of its own, or always."""
    numbers = range(number)
    parameters = "".join(
        f"  P{one}: {{Type: String, Default: 'no', AllowedValues: ['yes', 'no']}}\n" for one in numbers
    )
    named = "".join(f"  C{one}: !Equals [!Ref P{one}, 'yes']\n" for one in numbers)
    resources = "".join(
        f"  Host{one}:\n    Type: AWS::EC2::Instance\n"
        + (f"    Condition: C{one}\n" if conditions else "")
        + f"    Properties:\n      IamInstanceProfile: !Ref Profile{one}\n"
        + "      MetadataOptions: {HttpTokens: required}\n"
        + f"  Profile{one}: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Role]}}}}\n"
        for one in numbers
    )
    role = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
"""
    return f"Parameters:\n{parameters}Conditions:\n{named}Resources:\n{resources}{role}"


def cost(path: str) -> tuple[float, float]:
    """CPU milliseconds and peak megabytes of one check."""
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "iplint", "check", path],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"iplint failed on {path}")
    return 1000 * (usage.ru_utime + usage.ru_stime), usage.ru_maxrss / 1024


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for conditions in (False, True):
            path = Path(directory, f"{conditions}.yaml")
            path.write_text(template(number, conditions), encoding="utf-8")
            paths.append(str(path))
        pairs = [(cost(paths[0]), cost(paths[1])) for _ in range(PAIRS)]
    for what, unit, index in (("CPU", "ms", 0), ("peak memory", "MB", 1)):
        plain, varied = (statistics.median(one[side][index] for one in pairs) for side in (0, 1))
        more = statistics.median(one[1][index] - one[0][index] for one in pairs)
        ratio = statistics.median(one[1][index] / one[0][index] for one in pairs)
        figures = f"{plain:.1f} {unit} without, {varied:.1f} {unit} with: +{more:.1f} {unit}, ratio {ratio:.2f}"
        print(f"{number} conditions, {what}: {figures}")


if __name__ == "__main__":
    main()
