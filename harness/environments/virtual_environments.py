"""Virtual environments, made from locks and reused as long as they are whole."""

import contextlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout
from packaging.utils import canonicalize_name

from harness.base.errors import UnusableEnvironmentError
from harness.base.project import Project
from harness.environments.interpreters import find_interpreter
from harness.environments.locks import as_of, digest, pinned, read_lock, resolve
from harness.environments.targets import Target
from harness.environments.uv import run_uv

log = logging.getLogger(__name__)

STAMP = "harness-stamp.json"


# a user's settings of these must not reach a target: its lock and its own variables decide
NOT_INHERITED = ("TF_USE_LEGACY_KERAS", "KERAS_BACKEND")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment that holds exactly what `lock_sha256` stands for.

    `variables` are the environment variables that everything in it runs with; None removes one.
    """

    directory: Path
    lock_sha256: str
    variables: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def stamp(self) -> dict[str, object]:
        """What a finished environment says of itself in `STAMP`.

        A scenario that is run by itself reads its variables there.
        """
        return {"lock_sha256": self.lock_sha256, "variables": dict(self.variables)}

    def process_variables(self) -> dict[str, str]:
        """The variables of a process in this environment: the user's, except for `variables`."""
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ}
        kept = {name: value for name, value in quiet.items() if name not in self.variables}
        return kept | {name: value for name, value in self.variables.items() if value is not None}


@contextlib.contextmanager
def reserved(target: Target, root: Path) -> Iterator[None]:
    """Keep every other process away from the target's environment and results, waiting for it.

    Raises UnusableEnvironmentError if nothing can be written in `root`.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):  # or else the lock below would wait for ever
            lock = FileLock(root / f"{target.name}.lock")
    except OSError as error:
        raise UnusableEnvironmentError(
            f"{root}: no environment can be made there: {error.strerror}; name another directory "
            "with --environments"
        ) from error
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("%s: waiting for another run of it to end", target.name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def ensure_environment(target: Target, project: Project) -> Environment:
    """The target's environment: reused if whole, made anew if the lock changed or files are gone.

    Raises UnusableEnvironmentError.
    """
    requirements = read_lock(target, project.locks) if target.locked else resolve(target)
    environment = environment_of(target, project.environments, digest(requirements))
    reason = damage(environment, requirements)
    if reason:
        log.warning("%s: making the environment, which %s", target.name, reason)
        _make(target, environment, requirements)
    return environment


def environment_of(target: Target, root: Path, lock_sha256: str) -> Environment:
    """The environment that a target has, or is to have, below `root`."""
    directory = root / target.name
    return Environment(
        directory=directory,
        lock_sha256=lock_sha256,
        variables={
            **dict.fromkeys(NOT_INHERITED),
            # a user's keras.json can change the default dtype; baselines hold what the CPU computes
            "KERAS_HOME": str(directory / "keras-home"),
            "CUDA_VISIBLE_DEVICES": "-1",
            **target.variables,
        },
    )


def damage(environment: Environment, requirements: str) -> str | None:
    """What keeps an environment from being used as it is; None if nothing does.

    Looks whether the installed distributions are those of `requirements` and whether all their
    files exist; what the files hold is what the probe is there to find out.
    """
    try:
        stamp = json.loads((environment.directory / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "is not there or was never finished"
    if stamp != environment.stamp:
        return "was made from another lock or with other variables"
    if not environment.python.exists():
        return "has lost its interpreter"
    packages = next(environment.directory.glob("lib/python*/site-packages"), None)
    if packages is None:
        return "has lost its packages"
    return _other_distribution(packages, requirements) or _lost_file(packages)


def _other_distribution(packages: Path, requirements: str) -> str | None:
    installed = dict(path.stem.split("-", 1) for path in packages.glob("*.dist-info"))
    expected = pinned(requirements)
    found = {str(canonicalize_name(name)): version for name, version in installed.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            return f"holds {name} {found.get(name)} where its lock says {expected.get(name)}"
    return None


def _lost_file(packages: Path) -> str | None:
    for metadata in packages.glob("*.dist-info"):
        record = metadata / "RECORD"
        if not record.exists():
            return f"has lost {metadata.name}/RECORD"
        for line in record.read_text(encoding="utf-8").splitlines():
            name = line.rsplit(",", 2)[0].strip('"')
            if not os.path.exists(f"{packages}/{name}"):  # noqa: PTH110 - 16,000 of them
                return f"has lost {name}"
    return None


def _make(target: Target, environment: Environment, requirements: str) -> None:
    """Make the environment beside its place and move it there when it is whole.

    A uv that outlives a killed harness writes where nobody looks, until the next making clears up.
    """
    root = environment.directory.parent
    root.mkdir(parents=True, exist_ok=True)
    for left_over in root.glob(f".{target.name}~*"):
        shutil.rmtree(left_over, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}~", dir=root))
    interpreter = find_interpreter(target.python)
    options = ("--relocatable", "--allow-existing", "--no-project")
    run_uv("venv", *options, "--python", interpreter, making, about=target.name)
    lock = making / "requirements.txt"
    lock.write_text(requirements, encoding="utf-8")
    # the day also holds for what builds the few source distributions among them
    hashed = ("--require-hashes", *as_of(target))
    run_uv("pip", "sync", *hashed, "--python", making / "bin" / "python", lock, about=target.name)
    (making / STAMP).write_text(json.dumps(environment.stamp), encoding="utf-8")
    if environment.directory.exists():
        shutil.rmtree(environment.directory)
    making.chmod(0o755)  # mkdtemp keeps others out, as a place for secrets would have to
    making.rename(environment.directory)
