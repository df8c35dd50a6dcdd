"""Hunt silence: rewrite templates so that they mean the same or something weaker, and compare what is reported.

Usage: python benchmarks/hunt.py DIRECTORY [--inputs N] [--seed N] [--depth N] [--wild DIRECTORY] [--peers DIRECTORY]

Examples of the rules, fixtures, the cases of IPLINT_CORPUS and repositories are rewritten, as they are and weakened, at
random places. Each line of the output is an input, below DIRECTORY/inputs, of which the report differs: what is no
longer reported (SILENT), what is reported now (FALSE), a launch that is proven now (PROOF) or gone (GONE), an undecided
verdict that is gone (HUSHED), a file that cannot be read (UNREAD). Verdicts that become undecided are only counted.
With `--peers`, also what only KICS and Trivy report and has no reason in `hunt_peers.REASONS`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import hunt_cloudformation as cfn
import hunt_cloudformation_stacks as stacks
import hunt_peers
import hunt_terraform as tf
import hunt_terraform_blocks as blocks
import hunt_terraform_modules as modules
import hunt_terraform_moves as moves
import hunt_unknown as unknown
from hunt_weaken import weakened

from iplint.finding import LaunchStatus
from iplint.judging.session import Session, SessionSettings
from iplint_rules import all_rules

TOP = Path(__file__).parents[1]
Files = dict[str, str]
RULES = [rule for rule in all_rules() if not rule.optional]
SKIP_RULES = {"unjustified-ignore"}


class Seed(NamedTuple):
    """The files of a root: as they are, or weakened in a way."""

    name: str
    files: Files
    weakening: str = ""

    @property
    def is_template(self) -> bool:
        return not any(path.endswith((".tf", ".tofu")) for path in self.files)


class Input(NamedTuple):
    """A rewritten seed: the rewritings that were applied, one after the other, and where."""

    seed: Seed
    how: tuple[str, ...]
    where: str
    files: Files


class Seen(NamedTuple):
    """What a check found: failing and undecided rules by address, and launches by status."""

    fails: frozenset[tuple[str, str]]
    undecided: frozenset[tuple[str, str]]
    launches: tuple[tuple[str, str], ...]
    unread: tuple[str, ...]


def address(text: str) -> str:
    """An address without the modules, indexes and stacks around it that a rewriting brings in."""
    text = re.sub(r"\[[^\]]*\]", "", text)
    text = re.sub(r"^(module\.hunt_\d+\.)+", "", text)
    return re.sub(r"^((HuntStack|HuntSet)([./]|$))+", "", text)


def see(directory: Path) -> Seen:
    report = Session(SessionSettings(RULES, proofs=True, follows_ignores=False), str(directory)).check(["."])
    fails = frozenset((one.rule, address(one.address)) for one in report.findings if one.is_failure)
    undecided = frozenset((one.rule, address(one.address)) for one in report.findings if not one.is_failure)
    launches = tuple(
        sorted(
            (address(proof.address), str(proof.status))
            for proof in report.proofs or ()
            if proof.status is not LaunchStatus.ABSENT
        )
    )
    unread = tuple(f"{notice.kind} {notice.message}" for notice in report.notices if notice.is_fatal)
    return Seen(fails, undecided, launches, unread)


def write(directory: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")


def seeds(wild: Path | None) -> Iterator[Seed]:
    """Examples of the rules, fixtures, the cases of IPLINT_CORPUS, and repositories."""
    for rule in RULES:
        for number, (notation, text) in enumerate(re.findall(r"```(yaml|terraform)\n(.*?)```", rule.doc, re.DOTALL)):
            yield Seed(f"rule/{rule.name}/{number}", {"template.yaml" if notation == "yaml" else "main.tf": text})
    yield from _roots(TOP / "tests" / "fixtures", "fixture")
    corpus = os.environ.get("IPLINT_CORPUS")
    if corpus:
        yield from _roots(Path(corpus, "cases"), "case")
    if wild is not None:
        yield from _roots(wild, "wild")


# Larger files are slow to rewrite and to check.
MAX_CHARACTERS = 16_000


def _roots(top: Path, kind: str) -> Iterator[Seed]:
    modules = sorted({path.parent for path in top.rglob("*.tf")})
    called = {path for path in modules if any(parent in modules for parent in path.parents)}
    for path in modules:
        if path in called:
            continue
        files = _read(path)
        if files is not None and any(re.search(r"aws_|awscc_", text) for text in files.values()):
            yield Seed(f"{kind}/{path.relative_to(top)}", files)
    for path in sorted(top.rglob("*")):
        if (
            path.suffix in (".yaml", ".yml", ".json", ".template")
            and path.is_file()
            and not path.name.endswith(".tf.json")
        ):
            if any(parent in modules for parent in path.parents) or path.is_symlink():
                continue
            try:
                text = path.read_text("utf-8")
                cfn.load(text)
            except (cfn.Unreadable, UnicodeDecodeError, RecursionError):
                continue
            # Rewritings of templates keep no comments: a key in one would be gone.
            if len(text) < MAX_CHARACTERS and not re.search(r"#.*(?:AKIA|ASIA)", text):
                yield Seed(f"{kind}/{path.relative_to(top)}", {path.name: text})


def _read(top: Path) -> Files | None:
    files: Files = {}
    for path in sorted(top.rglob("*")):
        if path.is_symlink():
            return None
        if not path.is_file() or path.name in ("prepare.sh", "check.sh"):
            continue
        if path.stat().st_size > MAX_CHARACTERS or len(files) > 12:
            return None
        try:
            files[str(path.relative_to(top))] = path.read_text("utf-8")
        except UnicodeDecodeError:
            return None
    return files


def weaker(seed: Seed) -> Iterator[Seed]:
    """A seed weakened in each way that fits."""
    for path, text in seed.files.items():
        for name, made in weakened(text):
            yield Seed(seed.name, {**seed.files, path: made}, name)


def rewrite(seed: Seed, random_: random.Random, depth: int, pattern: re.Pattern[str]) -> Input | None:
    """A seed rewritten at random places."""
    how: list[str] = []
    files = dict(seed.files)
    where = ""
    for number in range(depth):
        name = f"hunt_{number}"
        made = (_rewrite_template if seed.is_template else _rewrite_root)(files, random_, name, pattern)
        if made is None:
            continue
        word, where, files = made
        how.append(word)
    return Input(seed, tuple(how), where, files) if how else None


INTERESTING = re.compile(
    r"http_|metadata|user_data|profile|policy|role|Action|Effect|Service|Principal|Statement|image|ami|template|version"
    r"|HttpTokens|Metadata|UserData|Policies|Arn|Endpoint|Roles|Resource|Version|statement|actions|identifiers|tokens",
    re.IGNORECASE,
)


MOVES = moves.MOVES | modules.PASSES


def make_unknown(made: Input, random_: random.Random, pattern: re.Pattern[str]) -> Input | None:
    """A rewritten root of which one more value is unknown."""
    files, name = made.files, "hunt_unknown"
    if made.seed.is_template:
        path = random_.choice([path for path in files if "-child." not in path])
        words = [word for word in unknown.CLOUDFORMATION if pattern.search(word)]
        try:
            tree = cfn.load(files[path])
        except cfn.Unreadable:
            return None
        found = [one for one, _ in cfn.values(tree) if one[3:] and "Fn::" not in str(one)]
        if not found or not words:
            return None
        likely = [one for one in found if INTERESTING.search(str(one[-1]) + str(one[-2]))]
        place, word = random_.choice(likely or found), random_.choice(words)
        changed = unknown.CLOUDFORMATION[word](tree, place, "HuntUnknown")
        if changed is None:
            return None
        rest = {other: text for other, text in files.items() if other != path}
        files = {**rest, **stacks.written(changed, "YAML with tags", path.rpartition(".")[0])}
        return made._replace(how=(*made.how, word), where=".".join(map(str, place[1:])), files=files)
    sites = list(tf.sites(files))
    words = [word for word in unknown.TERRAFORM if pattern.search(word)]
    if not sites or not words:
        return None
    likely_sites = [site for site in sites if INTERESTING.search(site.attribute)]
    site, word = random_.choice(likely_sites or sites), random_.choice(words)
    written = unknown.TERRAFORM[word](files, site, name)
    where = f"{site.path}: {site.block.labels} {site.attribute}"
    return None if written is None else made._replace(how=(*made.how, word), where=where, files=written)


def _rewrite_root(
    files: Files, random_: random.Random, name: str, pattern: re.Pattern[str]
) -> tuple[str, str, Files] | None:
    chance = random_.random()
    if chance < 0.12:
        names = [word for word in blocks.ROOTS if pattern.search(word)]
        random_.shuffle(names)
        for word in names:
            made = blocks.ROOTS[word](files, name)
            if made is not None and made != files:
                return word, "", made
    if chance < 0.35:
        places = list(blocks.places(files))
        words = [word for word in blocks.BLOCKS if pattern.search(word)]
        for _ in range(20):
            if not places or not words:
                break
            place, word = random_.choice(places), random_.choice(words)
            made = blocks.BLOCKS[word](files, place, name)
            if made is not None:
                return word, f"{place.path}: {place.top.labels} {place.block.type}", made
    found = list(tf.sites(files))
    likely = [site for site in found if INTERESTING.search(site.attribute)]
    forms = [(word, None) for word in tf.IN_PLACE if pattern.search(word)]
    moved = [(word, rewriting) for word, rewriting in MOVES.items() if pattern.search(word)]
    for _ in range(40):
        chosen = likely if likely and random_.random() < 0.8 else found
        table = moved if moved and (not forms or random_.random() < 0.45) else forms
        if not chosen or not table:
            return None
        site = random_.choice(chosen)
        word, rewriting = random_.choice(table)
        if rewriting is not None:
            made = rewriting(files, site, name)
        else:
            kinds, form = tf.IN_PLACE[word]
            made = tf.in_place(form, files, site) if tf.fits(site, kinds) else None
        if made is not None:
            return word, f"{site.path}: {site.block.labels} {site.attribute}", made
    return None


def _rewrite_template(
    files: Files, random_: random.Random, name: str, pattern: re.Pattern[str]
) -> tuple[str, str, Files] | None:
    paths = [path for path in files if "-child." not in path]
    if not paths:
        return None
    path = random_.choice(paths)
    try:
        tree = cfn.load(files[path])
    except cfn.Unreadable:
        return None
    new = name.title().replace("_", "")
    stem = path.rpartition(".")[0]
    rest = {other: text for other, text in files.items() if other != path}
    chance = random_.random()
    others = [word for table in (stacks.RESOURCES, cfn.VALUES) for word in table if pattern.search(word)]
    if chance < 0.15 or not others:
        words = [word for word in stacks.TEMPLATES if pattern.search(word)]
        random_.shuffle(words)
        for word in words:
            if rest and word not in cfn.WRITERS:
                continue
            held = stacks.TEMPLATES[word](tree, stem)
            if held is not None:
                return word, "", {**rest, **held}
    writer = random_.choice([name for name in cfn.WRITERS if "escapes" not in name and "folds" not in name])
    resources = tree["Resources"]
    assert isinstance(resources, dict)
    names = [key for key, held in resources.items() if isinstance(held, dict)]
    if chance < 0.4 and names:
        words = [word for word in stacks.RESOURCES if pattern.search(word)]
        for _ in range(20):
            if not words:
                break
            word, key = random_.choice(words), random_.choice(names)
            try:
                changed = stacks.RESOURCES[word](tree, key, new)
            except cfn.Unreadable:
                continue
            if changed is not None:
                return word, key, {**rest, **stacks.written(changed, writer, stem)}
    values = list(cfn.values(tree))
    likely = [
        one for one in values if INTERESTING.search(str(one[0][-1]) if isinstance(one[0][-1], str) else str(one[0][-2]))
    ]
    words = [word for word in cfn.VALUES if pattern.search(word)]
    for _ in range(40):
        chosen = likely if likely and random_.random() < 0.8 else values
        if not chosen or not words:
            return None
        place, _ = random_.choice(chosen)
        if place[3:] == () or "Fn::" in str(place):
            continue
        word = random_.choice(words)
        changed = cfn.VALUES[word](tree, place, new)
        if changed is not None and changed != tree:
            return word, ".".join(map(str, place[1:])), {**rest, **stacks.written(changed, writer, stem)}
    return None


GOOD = {"proven", "qualified"}
# What an unknown value must not lead to beside a launch that is proven; that a subject is gone, or is certain now, may
# be right.
WRONG = ("SILENT", "PROOF", "HUSHED")
SERIOUS = ("SILENT", "FALSE", "PROOF", "GONE", "HUSHED", "UNREAD")


def differences(before: Seen, after: Seen) -> list[str]:
    """What a rewriting that keeps the meaning changed. A finding may move to where its value is written now."""
    found: list[str] = []
    lost, new = before.fails - after.fails, after.fails - before.fails
    for rule, where in sorted(lost):
        if rule in SKIP_RULES:
            continue
        moved = sum(one == rule for one, _ in new) >= sum(one == rule for one, _ in lost)
        doubted = any(one == rule or at == where for one, at in after.undecided)
        word = "MOVED" if moved else "LOST" if doubted else "SILENT"
        found.append(f"{word} {rule} {where}")
    for rule, where in sorted(new):
        if rule not in SKIP_RULES and sum(one == rule for one, _ in new) > sum(one == rule for one, _ in lost):
            word = "DECIDED" if any(one == rule for one, _ in before.undecided) else "FALSE"
            found.append(f"{word} {rule} {where}")
    for rule, where in sorted(before.undecided - after.undecided - after.fails):
        if rule not in SKIP_RULES and not any(one == rule for one, _ in after.undecided - before.undecided):
            found.append(f"HUSHED {rule} {where}")
    for rule, where in sorted(after.undecided - before.undecided - before.fails):
        found.append(f"DOUBT {rule} {where}")
    found += [f"UNREAD {one}" for one in after.unread if one not in before.unread][:1]
    old, now = dict(before.launches), dict(after.launches)
    for where in sorted(set(old) | set(now)):
        one, other = old.get(where, "none"), now.get(where, "none")
        if one != other:
            word = "GONE" if other == "none" else "launch" if one in GOOD or other not in GOOD else "PROOF"
            found.append(f"{word} {where}: {one} -> {other}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="where the inputs are written; what it holds is removed")
    parser.add_argument("--inputs", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--depth", type=int, default=2, help="how many rewritings one after the other")
    parser.add_argument("--unknown", type=float, default=0.2, help="the share of inputs of which one value is unknown")
    parser.add_argument("--only", default="", help="a regular expression for the names of rewritings")
    parser.add_argument("--from", dest="source", default="", help="one for the names of what is rewritten")
    parser.add_argument("--wild", type=Path, help="a directory of repositories")
    parser.add_argument("--peers", type=Path, help="a directory that holds the programs kics and trivy")
    options = parser.parse_args()
    order = random.Random(options.seed)
    base = [seed for seed in seeds(options.wild) if re.search(options.source, seed.name)]
    base += [weak for seed in base for weak in weaker(seed)]
    order.shuffle(base)
    directory: Path = options.directory
    shutil.rmtree(directory, ignore_errors=True)
    pattern = re.compile(options.only)
    counts: Counter[str] = Counter()
    known: dict[int, Seen] = {}
    for number in range(options.inputs):
        seed = base[number % len(base)]
        made = rewrite(seed, order, options.depth, pattern)
        if made is None:
            continue
        if number % len(base) not in known:
            write(directory / "base", seed.files)
            known[number % len(base)] = see(directory / "base")
            shutil.rmtree(directory / "base")
        more = make_unknown(made, order, pattern) if order.random() < options.unknown else None
        made = more or made
        home = directory / "inputs" / f"{number:05}"
        write(home, made.files)
        seen = see(home)
        found = differences(known[number % len(base)], seen)
        if more is not None:
            is_proven = any(status in GOOD for _, status in seen.launches)
            found = [line for line in found if is_proven and line.startswith(WRONG)]
        counts["inputs"] += 1
        counts.update({line.partition(" ")[0] for line in found})
        if any(line.startswith(SERIOUS) for line in found):
            row = {
                "input": home.name,
                "seed": seed.name,
                "weakened": seed.weakening,
                "how": made.how,
                "where": made.where,
            }
            print(json.dumps({**row, "found": found}), flush=True)
    print(dict(counts), file=sys.stderr)
    if options.peers is not None:
        paths = hunt_peers.reports(options.peers, directory / "inputs", directory / "reports")
        theirs = list(hunt_peers.only_theirs(directory / "inputs", paths))
        print(Counter(str(hunt_peers.kind(one)) for one in theirs), file=sys.stderr)
        for one in theirs:
            if hunt_peers.kind(one) is None:
                print(json.dumps(one._asdict()))


if __name__ == "__main__":
    main()
