"""Work on a target where no file of the project is: the files travel there and back as bytes."""

import contextlib
import functools
import hashlib
import itertools
import json
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from harness.base import processes
from harness.base.errors import HarnessError, UncheckedError, UsageError
from harness.base.files import alone_in, content, reserved, write_whole
from harness.base.project import PACKAGE, SCENARIOS, Project, find_project
from harness.environments.extras import Extras
from harness.environments.locks import lock_path
from harness.environments.targets import Target
from harness.observing.catalogue import files_of_scenarios
from harness.observing.probing import PlainScript
from harness.observing.shared import SHARED
from harness.running.results import files_of
from harness.running.workers import Connection, connected, error_of, in_cluster

RUN = (
    "import sys; sys.path.insert(0, sys.argv[2]); "
    "from harness.running.parcels import run_in; run_in(sys.argv[1], int(sys.argv[3]))"
)
PLACES = ("scenarios", "locks", "baselines", "results")
PARCEL, RETURNED = "parcel.pickle", "returned.pickle"
Files = Mapping[str, bytes]  # by their place and their path below that, such as `baselines/...`


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A Dask cluster, by the address of its scheduler.

    `environments` is a directory of the workers; without it, a worker has those of a command in its
    working directory.
    """

    address: str
    environments: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Work on a target with all that it depends on. `harness` is the digest of this package.

    The `work` is done in a project of these files, and returns JSON. `places` are the directories
    of the project at home: what the work says of its own is said of these.
    """

    name: str
    work: Callable[[Project], bytes]
    canonical: bool
    harness: str
    places: Mapping[str, str]
    files: Files = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What the work on a target came to, the results of the target, and the files of its baseline
    that were written. `removed` are those of its baseline that were removed.
    """

    name: str
    answer: bytes
    files: Files = field(repr=False)
    removed: tuple[str, ...] = ()


def packed(
    target: Target, project: Project, work: Callable[[Project], bytes], files: Files
) -> Parcel:
    """The parcel of a target with its lock, if there is one, and other files."""
    lock = [lock_path(target, project.locks)] if target.locked else []
    return Parcel(
        name=target.name,
        work=work,
        canonical=project.canonical,
        harness=harness_digest(),
        places={name: str(getattr(project, name)) for name in PLACES},
        files={**files, **read("locks", project.locks, lock)},
    )


def run_parcel(parcel: Parcel, environments: Path | None = None) -> Returned:
    """Do the work of a parcel in a process of its own, with environments of this machine.

    Without `environments`, those of a command in the working directory. Raises UncheckedError if
    this machine has another harness, or if the process is killed.
    """
    if parcel.harness != harness_digest():
        raise UncheckedError(
            f"the machine of a worker, for {parcel.name}, has another harness; install the "
            "same files there"
        )
    environments = environments or find_project(Path.cwd()).environments
    with tempfile.TemporaryDirectory(prefix="state-harness-") as name:
        directory = Path(name)
        (directory / PARCEL).write_bytes(pickle.dumps((parcel, environments)))
        # -P: nothing is imported from the working directory, which may have another harness
        given = (directory, PACKAGE.parent, str(os.getpid()))
        done = processes.run([sys.executable, "-P", "-c", RUN, *given])
        if done.returncode != 0:
            said = done.stderr.strip()[-1000:]
            raise UncheckedError(f"its process ended: {done.returncode}\n{said}")
        returned = pickle.loads((directory / RETURNED).read_bytes())  # noqa: S301 - of that process
    if not isinstance(returned, Returned):
        raise TypeError(returned)
    return returned


def unpack(returned: Returned, project: Project) -> bytes:
    """Write the files that were returned to their places in the project; the answer."""
    with reserved(project.results, returned.name, "--results"), contextlib.ExitStack() as stack:
        files_of(returned.name, project.results).clear()
        if any(map(_is_accepted, (*returned.files, *returned.removed))):
            # so that nobody removes a shared file before a baseline names it
            stack.enter_context(alone_in(project.baselines / SHARED))
        shared_first = sorted(
            returned.files, key=lambda name: not name.startswith(f"baselines/{SHARED}/")
        )
        for name in shared_first:
            write_whole(_place(name, project), returned.files[name])
        for name in returned.removed:
            _place(name, project).unlink(missing_ok=True)
    return returned.answer


def done_elsewhere(
    parcels: Sequence[Parcel], project: Project, cluster: Cluster
) -> Iterator[tuple[str, bytes | Exception]]:
    """The name of each target with the answer of its work, as it is done, or with its error.

    The files that came back are then at their places in the project.
    """
    for each, future in in_cluster(_work(cluster.environments), parcels, cluster.address):
        error = error_of(future)
        if error is None:
            yield each.name, unpack(future.result(), project)
        elif isinstance(error, Exception):
            yield each.name, error
        else:
            raise error


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """The workers of a cluster, for works that come one after another."""

    connection: Connection
    environments: Path | None

    def answer(self, parcel: Parcel, project: Project) -> bytes:
        """What the work of a parcel came to on a worker; the files are then at their places.

        Raises HarnessError if no worker could do the work.
        """
        future = self.connection.submit(_work(self.environments), parcel)
        self.connection.wait([future])
        error = error_of(future)
        if error is None:
            return unpack(future.result(), project)
        if isinstance(error, Exception) and not isinstance(error, HarnessError):
            raise UncheckedError(f"no worker could run it: {error}") from error
        raise error


@contextlib.contextmanager
def elsewhere(cluster: Cluster) -> Iterator[Elsewhere]:
    """Raises UsageError, as `connected` does."""
    with connected(cluster.address) as connection:
        yield Elsewhere(connection=connection, environments=cluster.environments)


def _work(environments: Path | None) -> Callable[[Parcel], Returned]:
    return functools.partial(run_parcel, environments=environments)


def sent_scenarios(project: Project) -> Files:
    """The scenarios of a project; none if they are those of the harness, which a worker has."""
    paths = [] if project.canonical else files_of_scenarios(project.scenarios)
    return read("scenarios", project.scenarios, paths)


def sent_script(script: Path) -> Files:
    """A script, and the Python files and packages beside it."""
    beside = script.parent
    packages = [each.parent.rglob("*.py") for each in beside.glob("*/__init__.py")]
    return read("scenarios", beside, itertools.chain([script], beside.glob("*.py"), *packages))


def require_sendable(script: PlainScript, extras: Extras) -> None:
    """Raise UsageError unless workers elsewhere get all that a script needs."""
    if script.directory:
        raise UsageError(
            f"the working directory {script.directory}: --dask sends no directory; leave it out, "
            "then a worker runs the script in a new one"
        )
    if extras.projects:
        raise UsageError(
            f"the project {extras.projects[0]}, which the script needs: --dask sends no project; "
            "name a requirement that uv can install there"
        )


def _is_accepted(name: str) -> bool:
    return name.startswith("baselines/")


def _place(name: str, project: Project) -> Path:
    place, _, path = name.partition("/")
    directory: Path = getattr(project, place)
    return directory / path


def harness_digest() -> str:
    """The digest of the files of this package; workers with another one check another thing."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        counts = path.suffix in (".py", ".toml", ".json", ".ini") or (
            # the scenarios read other files too, such as saved models
            path.is_relative_to(SCENARIOS) and "__pycache__" not in path.parts
        )
        if counts and path.is_file():
            digest.update(f"\0{path.relative_to(PACKAGE)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def run_in(path: str, parent: int) -> None:
    """Do the work of the parcel in a directory, and write what is returned beside it.

    For a process of its own, which ends with the process that started it, the `parent`.
    """
    processes.end_with_parent(parent)
    directory = Path(path)
    parcel, environments = pickle.loads((directory / PARCEL).read_bytes())  # noqa: S301 - own file
    for name, data in parcel.files.items():
        write_whole(directory / name, data)
    project = Project(
        root=directory,
        scenarios=SCENARIOS if parcel.canonical else directory / "scenarios",
        known_changes=directory / "known_changes.toml",  # the criteria have its content
        archive=directory / "archive",
        environments=environments,
        baselines=directory / "baselines",
        results=directory / "results",
        locks=directory / "locks",
    )
    answer = parcel.work(project)
    directory_of_results = files_of(parcel.name, project.results).directory
    files = {
        **read("results", project.results, directory_of_results.rglob("*")),
        **read("baselines", project.baselines, project.baselines.rglob("*")),
    }
    there = {name: _of(parcel.places, directory, name, data) for name, data in files.items()}
    returned = Returned(
        name=parcel.name,
        answer=_of(parcel.places, directory, ".json", answer),
        files={name: data for name, data in there.items() if parcel.files.get(name) != data},
        removed=tuple(
            name for name in parcel.files if _is_accepted(name) and not (directory / name).exists()
        ),
    )
    (directory / RETURNED).write_bytes(pickle.dumps(returned))


def _of(places: Mapping[str, str], directory: Path, name: str, data: bytes) -> bytes:
    """A file in which the directories of the project stand for those of the parcel."""
    for place, path in places.items():
        data = data.replace(_written(str(directory / place), name), _written(path, name))
    return data


def _written(path: str, name: str) -> bytes:
    """A path as a file of that name has it."""
    if name.endswith(".json"):
        path = json.dumps(path, ensure_ascii=False)[1:-1]
    elif name.endswith(".xml"):
        path = escape(path, {'"': "&quot;"})
    return path.encode()


def read(place: str, directory: Path, paths: Iterable[Path]) -> dict[str, bytes]:
    """The files at these paths that are there, by their place."""
    found = {path: content(path) for path in paths}
    return {
        f"{place}/{path.relative_to(directory).as_posix()}": data
        for path, data in found.items()
        if data is not None
    }
