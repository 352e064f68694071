"""The files that the scenario `older_files` reads, each written by the release that it names."""

from collections.abc import Mapping
from pathlib import Path

from harness.base import processes
from harness.base.errors import UncheckedError
from harness.base.project import SCENARIOS, Project
from harness.environments.targets import Target, named
from harness.environments.virtual_environments import ensure_environment, reserved_environment

FILES = SCENARIOS / "saving" / "files"
WRITER = FILES / "write.py"


def write_fixtures(targets: Mapping[str, Target], project: Project) -> list[Path]:
    """Write each file anew that is there, such as `tf-2.15.keras` by tf-2.15; return their paths.

    Raises HarnessError.
    """
    written = sorted(path for path in FILES.iterdir() if path != WRITER and path.is_file())
    for path in written:
        target = _writer(path, targets)
        with reserved_environment(target, project.environments):
            environment = ensure_environment(target, project)
            done = processes.run(
                [environment.python, "-I", WRITER, FILES, path.name],
                env=environment.process_variables(),
            )
        if done.returncode != 0:
            raise UncheckedError(f"{target.name} cannot write {path.name}:\n{done.stderr}")
    return written


def _writer(path: Path, targets: Mapping[str, Target]) -> Target:
    """The target whose name a file begins with, the longest one: tf-2.1 is no part of tf-2.15."""
    possible = [name for name in targets if path.name.startswith(f"{name}.")]
    return named(targets.values(), max(possible, key=len, default=path.name))
