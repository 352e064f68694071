"""The scripts of a repository in CI: the records of the jobs that ran them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.base.errors import UsageError
from harness.base.project import Project
from harness.environments.targets import Target
from harness.running.holding import OwnScript
from harness.upkeep.jobs import jobs

RECORD = "record.json"


def collect(
    directory: Path, scripts: Sequence[OwnScript], targets: Sequence[Target], project: Project
) -> None:
    """Copy the records of jobs, `directory/check-JOB/check/SCRIPT/TARGET/record.json`, to the
    places of a local run.

    The record of a target comes from its own job alone, as in a night. Raises UsageError.
    """
    if not directory.is_dir():
        raise UsageError(f"--records: {directory} is no directory; nothing is there to take")
    for target, job in jobs(targets).items():
        for script in scripts:
            place = script.results(project) / target / RECORD
            place.unlink(missing_ok=True)
            below = place.relative_to(project.results)
            path = directory / f"check-{job}" / below
            if path.is_file() and not path.is_symlink():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
