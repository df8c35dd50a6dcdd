"""What the benchmarks measure on: small files, repositories, and trees of mixed files.

Real files come from the corpus that IPLINT_CORPUS names and from what installed packages hold; a generator makes the
rest.
"""

from __future__ import annotations

import os
import random
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import growth

TESTS = Path(__file__).parents[1] / "tests"
SUFFIXES = (".tf", ".tofu", ".yaml", ".yml", ".json", ".template", ".cfn", ".pkr.hcl")
# The shares of a mixed tree that real repositories and packages may fill; JSON and YAML of the latter are no templates.
REPOSITORIES = 0.7
PACKAGES = 0.15
LARGEST = 64_000
# A tree of templates alone has so many folders of so many templates.
FOLDERS, TEMPLATES = 16, 65
VIEWS = ("all", "cloudformation", "terraform")


class Material(NamedTuple):
    """Files to measure on. `top` holds a directory for each view: all of them, or those of one language."""

    name: str
    top: Path

    def view(self, name: str) -> Path:
        return self.top / name

    def files(self, view: str) -> list[str]:
        """The files of a view that may be templates."""
        return sorted(str(path) for path in self.view(view).rglob("*") if is_candidate(path))

    def modules(self) -> list[str]:
        """The directories that hold Terraform files."""
        return sorted({os.path.dirname(path) for path in self.files("terraform") if path.endswith(".tf")})


def is_candidate(path: Path) -> bool:
    return path.name.endswith(SUFFIXES) and path.is_file()


def material(name: str, top: Path) -> Material:
    """Fill the views of a language from that of all files."""
    for path in sorted((top / "all").rglob("*")):
        if not path.is_file():
            continue
        for view in VIEWS[1:]:
            if _language(path) in (view, None):
                copy(path, top / view / path.relative_to(top / "all"))
    return Material(name, top)


def _language(path: Path) -> str | None:
    """The language of a file; None when it is one that others may read."""
    if path.name.endswith((".tf", ".tofu", ".tf.json")):
        return "terraform"
    if not is_candidate(path):
        return None
    text = path.read_bytes()
    return "cloudformation" if b"AWS::" in text and b"Resources" in text else "other"


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


JSON = """{
  "Resources": {
    "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": ["app"]}},
    "Host": {
      "Type": "AWS::EC2::Instance",
      "Properties": {
        "ImageId": "ami-0123456789abcdef0",
        "IamInstanceProfile": {"Ref": "Profile"},
        "MetadataOptions": {"HttpTokens": "optional"}
      }
    }
  }
}
"""


def small(directory: Path) -> Iterator[Material]:
    """One small template of each language."""
    top = directory / "small-json"
    (top / "all").mkdir(parents=True)
    (top / "all" / "template.json").write_text(JSON, encoding="utf-8")
    yield material("CloudFormation, JSON", top)
    top = directory / "small-terraform"
    (top / "all").mkdir(parents=True)
    growth.terraform(top / "all", 5)
    yield material("Terraform", top)
    samples = {
        "CloudFormation, YAML": TESTS / "example" / "web.yaml",
        "Packer": TESTS / "fixtures" / "missing-instance-profile" / "packer" / "image.pkr.hcl",
    }
    for name, path in samples.items():
        top = directory / f"small-{path.name}"
        copy(path, top / "all" / path.name)
        yield material(name, top)


def corpus(directory: Path) -> Path | None:
    """The labelled and the real templates of IPLINT_CORPUS, unpacked; None without it."""
    named = os.environ.get("IPLINT_CORPUS")
    if not named:
        return None
    unpacked = directory / "corpus"
    if not unpacked.exists():
        for archive in ("dev", "wild"):
            with tarfile.open(Path(named, f"{archive}.tar.gz")) as members:
                members.extractall(unpacked / archive, filter="data")
        shutil.copytree(Path(named, "repro"), unpacked / "repro")
    return unpacked


def repositories(unpacked: Path, directory: Path) -> Iterator[Material]:
    """Each real repository."""
    for path in sorted((unpacked / "wild" / "wild").iterdir()):
        top = directory / f"repository-{path.name}"
        shutil.copytree(path, top / "all")
        yield material(path.name.replace("+", "/"), top)


def mixed(size: int, unpacked: Path | None, packages: Sequence[Path], directory: Path) -> tuple[Material, str]:
    """A tree of that many files that may be templates, and what it is made of; the same one each time."""
    top = directory / f"mixed-{size}"
    order = random.Random(0)
    found = 0
    if unpacked is not None:
        homes = [files for _, files in sorted(_homes(unpacked).items())]
        order.shuffle(homes)
        for files in homes:
            candidates = [path for path in files if is_candidate(path)][: int(size * REPOSITORIES) - found]
            found += len(candidates)
            for path in (*candidates, *(path for path in files if candidates and not is_candidate(path))):
                copy(path, top / "all" / "repositories" / path.relative_to(unpacked))
    real = found
    held = [
        (number, path)
        for number, package in enumerate(packages)
        for path in sorted(package.rglob("*"))
        if path.name.endswith((".yaml", ".yml", ".json")) and path.stat().st_size <= LARGEST
    ]
    order.shuffle(held)
    for number, path in held[: int(size * PACKAGES)]:
        copy(path, top / "all" / "packages" / path.relative_to(packages[number]))
        found += 1
    from_packages = found - real
    while found < size:
        made = top / "all" / "generated" / str(found)
        made.mkdir(parents=True)
        make = growth.cloudformation if found % 2 else growth.terraform
        make(made, order.choice((5, 10, 20, 40)))
        found += 1
    parts = f"{real:,} of repositories, {from_packages:,} of packages, {size - real - from_packages:,} generated"
    return material(f"{size:,} files", top), parts


def templates(unpacked: Path | None, directory: Path) -> Material:
    """A tree of CloudFormation templates alone, in folders that each hold real ones; generated ones without a corpus.

    Of the real ones that are no larger than `LARGEST`, as many are taken as a folder holds, and each folder has a copy.
    """
    top = directory / "templates"
    real = (
        [path for path in sorted(unpacked.rglob("*")) if path.is_file() and path.stat().st_size <= LARGEST]
        if unpacked
        else []
    )
    real = [path for path in real if _language(path) == "cloudformation"]
    random.Random(0).shuffle(real)
    for number in range(FOLDERS * TEMPLATES):
        folder, place = divmod(number, TEMPLATES)
        target = top / "all" / f"folder-{folder}"
        if place < len(real):
            copy(real[place], target / f"{place}-{real[place].name}")
        else:
            made = target / f"{place}-generated"
            made.mkdir(parents=True)
            growth.cloudformation(made, 10)
    return material(f"{FOLDERS * TEMPLATES:,} templates in {FOLDERS} folders", top)


def _homes(top: Path) -> dict[Path, list[Path]]:
    """Files by the nearest directory around them that holds one that may be a template."""
    files = sorted(path for path in top.rglob("*") if path.is_file())
    homes = {path.parent for path in files if is_candidate(path)}
    found: dict[Path, list[Path]] = {home: [] for home in homes}
    for path in files:
        home = next((parent for parent in path.parents if parent in homes), None)
        if home is not None:
            found[home].append(path)
    return found
