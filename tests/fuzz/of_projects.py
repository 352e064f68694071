"""The files of a project: targets, known changes, figures, locks, environments, committed data."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.base.errors import UnusableEnvironmentError
from harness.base.project import PROBE, RESOURCES, SCENARIOS, find_project
from harness.environments.locks import digest, lock_path, read_lock
from harness.environments.targets import Target, followed, load_targets, named, select
from harness.environments.virtual_environments import STAMP, damage, environment_of
from harness.judging.changes import Change, ChangeKind
from harness.judging.defects import load_defects
from harness.judging.known import load_known
from harness.judging.oracle import meanings
from harness.judging.published import load_figures
from harness.judging.upgrade import load_needs, route
from harness.observing.catalogue import watched_internals
from tests.fuzz.kinds import Kind, LeftOutError, stored
from tests.support.makers import accept, gives, observed
from tests.support.places import TARGETS

CHANGE = Change(kind=ChangeKind.NEWLY_RAISES, subject="step", before="1", after="2", scenario="a")
SETTINGS = b"""
[project]
name = "a"
version = "1.0"
dependencies = ["numpy>=1.26"]

[tool.state-harness]
scenarios = "scenarios"
baselines = "baselines"
known-changes = "known_changes.toml"
results = "results"
environments = ".environments"
archive = "archive"
scripts = ["scripts/*.py"]
targets = ["tf-2.15", "keras==3.4.0"]
with = ["."]
requirements = ["requirements.txt"]
cwd = "data"
"""
TARGET = Target(
    name="tf-2.15",
    family="tensorflow",
    python="3.11",
    requirements=("tensorflow==2.15.0",),
    as_of=datetime.date(2024, 3, 9),
)
LOCK = """# by uv
tensorflow==2.15.0 \\
    --hash=sha256:00
numpy==1.26.4 \\
    --hash=sha256:00
"""
NAMED = {"tensorflow": "2.15.0", "numpy": "1.26.4"}


def of_projects(root: Path) -> Iterator[Kind]:
    resources = {path.name: path.read_bytes() for path in RESOURCES.glob("*.toml")}
    few_targets = b"\n\n".join(resources["targets.toml"].split(b"\n\n")[:6])
    few_changes = b"[[change]]".join(resources["known_changes.toml"].split(b"[[change]]")[:5])
    for name, use, sample in (
        ("targets.toml", _use_targets, few_targets),
        ("known_changes.toml", _use_known, few_changes),
        ("published.toml", _use_figures, resources["published.toml"]),
        ("needs.toml", load_needs, resources["needs.toml"]),
        ("open_defects.toml", load_defects, resources["open_defects.toml"]),
        ("pyproject.toml", lambda path: find_project(path.parent), SETTINGS),
    ):
        yield Kind(name=name, samples=[sample], read=stored(root / name, use), form="toml")
    for name, use, sample in (
        ("watched.json", watched_internals, (PROBE / "watched.json").read_bytes()),
        ("fixed.json", meanings.COMMITTED.load, (SCENARIOS / "fixed.json").read_bytes()),
    ):
        yield Kind(name=name, samples=[sample], read=stored(root / name, use))
    lock = f"# sha256 of the lines below: {digest(LOCK)}\n{LOCK}".encode()
    path = lock_path(TARGET, root / "locks")
    yield Kind(name="lock", samples=[lock], read=stored(path, _use_lock), form="text")
    yield from _of_environments(root / "environments")


def _use_targets(path: Path) -> object:
    targets = load_targets(path)
    for target in targets.values():
        named(targets.values(), target.name)
        followed(target, targets.values())
        assert target.summary
    names = list(targets)
    if len(names) > 1:
        route(list(targets.values()), names[0], names[-1])
    return select(targets, ["all"]) if targets else ()


def _use_known(path: Path) -> object:
    sides = [observed(distributions=NAMED), observed(distributions={"tensorflow": "2.99"})]
    return [
        known.matching(CHANGE)
        for each in load_known(path)
        for known in (each, each.between(*sides), each.between(*sides[::-1]))
        if known
    ]


def _use_figures(path: Path) -> object:
    results = accept(gives(1.0, step="first pass"))
    return [each.verdict(results) for each in load_figures(path, TARGETS).of("tf-2.15")]


def _use_lock(path: Path) -> object:
    try:
        return read_lock(TARGET, path.parent)
    except UnusableEnvironmentError:  # nearly always the digest: go on with the right one
        body = path.read_bytes().partition(b"\n")[2].decode("utf-8", "replace")
        path.write_text(f"# sha256 of the lines below: {digest(body)}\n{body}", encoding="utf-8")
        return read_lock(TARGET, path.parent)


def _of_environments(root: Path) -> Iterator[Kind]:
    environment = environment_of(TARGET, root, digest(LOCK))
    packages = environment.directory / "lib" / "python3.11" / "site-packages"
    stamp = msgspec.json.encode(environment.stamp)
    files = {
        environment.python: b"",
        environment.directory / "pyvenv.cfg": b"",
        environment.directory / STAMP: stamp,
    }
    for name, version in NAMED.items():
        files[packages / name / "__init__.py"] = b""
        record = packages / f"{name}-{version}.dist-info" / "RECORD"
        files[record] = f"{name}/__init__.py,sha256=00,0\n{record.name},,\n".encode()
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (packages / "RECORD").touch()

    def use(_: Path) -> object:
        why = damage(environment, LOCK)
        if why:
            raise LeftOutError(why)
        return environment

    yield Kind(
        name="stamp of an environment",
        samples=[stamp],
        read=stored(environment.directory / STAMP, use),
    )
    yield Kind(
        name="RECORD of a package",
        samples=[files[record]],
        read=stored(record, use),
        form="text",
    )
