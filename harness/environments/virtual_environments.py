"""Virtual environments, made from locks and reused while they are undamaged."""

import contextlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from harness.base.errors import UnusableEnvironmentError, UnwritableError
from harness.base.files import reserved
from harness.base.loading import Layout
from harness.base.project import Project
from harness.environments.bytecode import take_over_bytecode
from harness.environments.interpreters import find_interpreter
from harness.environments.locks import as_of, digest, pinned, read_lock, resolve
from harness.environments.targets import Target
from harness.environments.uv import run_uv

log = logging.getLogger(__name__)

STAMP = "harness-stamp.json"
REQUIREMENTS = "requirements.txt"  # of an environment: what it was made from
LAYOUT = Layout(
    content=dict[str, object],
    title="the stamp of an environment",
    error=UnusableEnvironmentError,
    way_out="the next run makes the environment again",
)
# a user's values of these must not affect a target: they select another Keras or backend
NOT_INHERITED = ("TF_USE_LEGACY_KERAS", "KERAS_BACKEND")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment with exactly the distributions of the lock with `lock_sha256`.

    `variables` are the environment variables of each process in it; None removes a variable.
    """

    directory: Path
    lock_sha256: str
    variables: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def stamp(self) -> dict[str, object]:
        """The content of `STAMP`, the file that marks an environment as complete.

        A scenario that is run without the harness reads `variables` from this file.
        """
        return {"lock_sha256": self.lock_sha256, "variables": dict(self.variables)}

    @property
    def packages(self) -> Path | None:
        """The directory of the installed packages; None if there is none."""
        return next(self.directory.glob("lib/python*/site-packages"), None)

    @property
    def python_version(self) -> str:
        """The version of its Python, such as `3.11.7`, as uv states it; empty if it does not."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            for line in (self.directory / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
                name, _, value = line.partition("=")
                if name.strip() == "version_info":
                    return value.strip()
        return ""

    def distributions(self) -> dict[str, str]:
        """The installed distributions: versions by normalised name."""
        found = {}
        for path in self.packages.glob("*.dist-info") if self.packages else ():
            name, _, version = path.stem.partition("-")
            found[str(canonicalize_name(name))] = version
        return found

    def process_variables(self) -> dict[str, str]:
        """The variables of a process in this environment: the user's, changed by `variables`."""
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ}
        kept = {name: value for name, value in quiet.items() if name not in self.variables}
        return kept | {name: value for name, value in self.variables.items() if value is not None}


@contextlib.contextmanager
def reserved_environment(target: Target, root: Path) -> Iterator[None]:
    """Reserve a target's environment; waits for other processes.

    Raises UnusableEnvironmentError if nothing can be written in `root`.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(reserved(root, target.name, "--environments"))
        except UnwritableError as error:
            raise UnusableEnvironmentError(str(error)) from error
        yield


def ensure_environment(target: Target, project: Project, cache: Path | None = None) -> Environment:
    """The target's environment: reused if undamaged, otherwise made again from the lock.

    uv keeps what it downloads in `cache`, by default where the user has set it. Raises
    UnusableEnvironmentError.
    """
    requirements = read_lock(target, project.locks) if target.locked else resolve(target)
    environment = environment_of(target, project.environments, digest(requirements))
    reason = damage(environment, requirements)
    if reason:
        log.warning("%s: making the environment, which %s", target.name, reason)
        _make(target, environment, requirements, cache)
    return environment


def environment_of(target: Target, root: Path, lock_sha256: str) -> Environment:
    """The description of a target's environment below `root`, whether it exists or not."""
    directory = root.resolve() / target.name  # the same through a link: it is a part of the stamp
    return Environment(
        directory=directory,
        lock_sha256=lock_sha256,
        variables={
            **dict.fromkeys(NOT_INHERITED),
            # a user's keras.json can change the default dtype; baselines contain results of CPUs
            "KERAS_HOME": str(directory / "keras-home"),
            "CUDA_VISIBLE_DEVICES": "-1",
            **target.variables,
        },
    )


def share_bytecode(directory: Path) -> None:
    """Take over what the complete environments beside the one in `directory` have compiled."""
    complete = sorted(each.parent for each in directory.parent.glob(f"[!.]*/{STAMP}"))
    take_over_bytecode(directory, complete)


def damage(environment: Environment, requirements: str) -> str | None:
    """The reason why an environment must be made again; None if it can be used.

    Compares the installed distributions with `requirements`, and checks that all their files
    exist, not their contents. An environment that cannot be read is made again.
    """
    try:
        return _damage(environment, requirements)
    except (OSError, ValueError) as error:
        return f"cannot be read ({type(error).__name__})"


def _damage(environment: Environment, requirements: str) -> str | None:
    try:
        stamp = LAYOUT.load(environment.directory / STAMP)
    except UnusableEnvironmentError:
        return "does not exist or was never finished"
    if stamp != environment.stamp:
        return "was made from another lock or with other variables"
    if not environment.python.exists():
        return "has lost its interpreter"
    if not (environment.directory / "pyvenv.cfg").is_file():  # or its Python runs outside of it
        return "has lost pyvenv.cfg"
    if environment.packages is None:
        return "has lost its packages"
    different = _other_distribution(environment.distributions(), requirements)
    return different or _lost_file(environment.packages)


def _other_distribution(found: Mapping[str, str], requirements: str) -> str | None:
    expected = pinned(requirements)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            return f"contains {name} {found.get(name)}, where its lock has {expected.get(name)}"
    return None


def _lost_file(packages: Path) -> str | None:
    here: dict[str, set[str]] = {}  # by directory: faster than to look for each of 16,000 files
    for metadata in packages.glob("*.dist-info"):
        record = metadata / "RECORD"
        if not record.exists():
            return f"has lost {metadata.name}/RECORD"
        for line in record.read_text(encoding="utf-8").splitlines():
            name = line.rsplit(",", 2)[0].strip('"')
            directory, _, file = name.rpartition("/")
            if directory not in here:
                here[directory] = _names_in(packages / directory)
            if file not in here[directory]:
                return f"has lost {name}"
    return None


def _names_in(directory: Path) -> set[str]:
    """The names in a directory, without links that lead nowhere; none if there is no directory."""
    if not directory.is_dir():
        return set()
    with os.scandir(directory) as entries:
        return {each.name for each in entries if not each.is_symlink() or Path(each.path).exists()}


def _make(target: Target, environment: Environment, requirements: str, cache: Path | None) -> None:
    """Make the environment in a temporary directory, and rename the directory when complete.

    If the harness is killed, a running uv writes only to the temporary directory, which the next
    call deletes.
    """
    root = environment.directory.parent
    root.mkdir(parents=True, exist_ok=True)
    for left_over in root.glob(f".{target.name}~*"):
        shutil.rmtree(left_over, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}~", dir=root))
    try:
        _fill(making, target, environment, requirements, cache)
        _remove(environment.directory)
        making.chmod(0o755)  # mkdtemp denies access to other users
        making.rename(environment.directory)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _fill(
    making: Path, target: Target, environment: Environment, requirements: str, cache: Path | None
) -> None:
    interpreter = find_interpreter(target.python)
    bare = ("--relocatable", "--allow-existing", "--no-project")
    run_uv("venv", *bare, "--python", interpreter, making, about=target.name)
    lock = making / REQUIREMENTS
    lock.write_text(requirements, encoding="utf-8")
    # the day also limits the build requirements of the few source distributions
    options = ("--require-hashes", *as_of(target), *(("--cache-dir", cache) if cache else ()))
    run_uv("pip", "sync", *options, "--python", making / "bin" / "python", lock, about=target.name)
    share_bytecode(making)
    (making / STAMP).write_text(json.dumps(environment.stamp), encoding="utf-8")


def _remove(path: Path) -> None:
    """Remove a directory, or a file or link that is in its place; the target of a link stays."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
