"""Runs a witness on another target, to see whether what it shows is repaired there."""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from harness.base import processes
from harness.base.errors import HarnessError, UsageError
from harness.base.project import Project
from harness.environments.candidates import prepared
from harness.environments.space import cache_of_candidates
from harness.environments.targets import Target
from harness.environments.virtual_environments import (
    Environment,
    ensure_environment,
    reserved_environment,
)
from harness.search.witness import NEW
from harness.search.witness_text import said

NOTHING_SAID = "it printed nothing"


class Standing(enum.StrEnum):
    """What a witness says of a target."""

    REPAIRED = "repaired"  # as on the old side
    AS_BEFORE = "as before"  # as on the new side
    UNTOLD = "could not tell"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What one witness says of a target, and what its script has found, or why it cannot tell."""

    name: str
    standing: Standing
    said: str

    def __str__(self) -> str:
        return f"{self.name}: {self.standing}: {self.said}"


def watch(
    directories: Collection[Path],
    target: Target,
    project: Project,
    targets: Collection[str],
    limit: float,
) -> list[Watched]:
    """Run each witness on a target; `targets` are the names of all targets.

    Raises UsageError for a directory without a witness, and UnusableEnvironmentError.
    """
    for each in directories:
        if not (each / NEW).is_file():
            raise UsageError(f"{each}: has no {NEW}; `witness` writes such a directory")
    project = prepared(target, project)
    cache = None if target.name in targets else cache_of_candidates(project.environments)
    with reserved_environment(target, project.environments):
        environment = ensure_environment(target, project, cache)
        return [_watched(each, environment, limit) for each in directories]


def _watched(directory: Path, environment: Environment, limit: float) -> Watched:
    name = directory.name
    try:
        done = processes.run(
            [environment.python, directory / NEW],
            env=environment.process_variables(),
            timeout=limit,
        )
    except HarnessError as error:
        return Watched(name=name, standing=Standing.UNTOLD, said=str(error))
    found = said(done.stdout)
    standings = {0: Standing.REPAIRED, 1: Standing.AS_BEFORE}
    # whatever else ends the script with such a code leaves out what it has found
    if found and done.returncode in standings:
        return Watched(name=name, standing=standings[done.returncode], said=found)
    why = found or next(reversed(done.stderr.strip().splitlines()), NOTHING_SAID)
    said_instead = f"exit code {done.returncode}: {why}"
    return Watched(name=name, standing=Standing.UNTOLD, said=said_instead)
