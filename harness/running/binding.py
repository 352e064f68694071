"""A digest of everything that the verdicts on a target depend on."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.base.files import content
from harness.base.project import PACKAGE, Project
from harness.environments.locks import lock_path
from harness.environments.targets import Target
from harness.observing.catalogue import files_of_scenarios
from harness.observing.shared import SHARED, named_in
from harness.running.check import Checking
from harness.running.results import files_of


def binding(target: Target, project: Project, how: Checking) -> str:
    """The digest of a target, its lock and baselines, the scenarios, the harness, the options, and
    the record that was judged. Verdicts are true only as long as it stays the same.
    """
    options = [how.suite, how.again, how.runs, how.limits]
    digest = hashlib.sha256(msgspec.json.encode([target, *options]))
    for path in _files(target, project):
        digest.update(f"\0{path}\0".encode())
        found = content(path)
        digest.update(b"absent" if found is None else hashlib.sha256(found).digest())
    return digest.hexdigest()


def _files(target: Target, project: Project) -> Iterator[Path]:
    yield files_of(target.name, project.results).record
    yield lock_path(target, project.locks)
    yield project.known_changes
    accepted = sorted((project.baselines / target.name).glob("*"))
    yield from accepted
    yield from (project.baselines / SHARED / name for name in sorted(named_in(accepted)))
    yield from files_of_scenarios(project.scenarios)
    yield from sorted(
        path for name in ("*.py", "published.toml", "watched.json") for path in PACKAGE.rglob(name)
    )
