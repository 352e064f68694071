"""Interpreters, locks and virtual environments, all through uv."""

import contextlib
import datetime
import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import processes
from harness.errors import MissingInterpreterError, UnusableEnvironmentError, UsageError
from harness.paths import LOCKS
from harness.targets import Target

log = logging.getLogger(__name__)

UV_HAS = Version("3.8")  # the oldest CPython that uv offers to install
STAMP = "harness-stamp.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)
DIGEST = re.compile(r"\A# sha256 of the lines below: ([0-9a-f]{64})\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment that holds exactly what `lock_sha256` stands for."""

    directory: Path
    lock_sha256: str

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"


@contextlib.contextmanager
def reserved(target: Target, root: Path) -> Iterator[None]:
    """Keep every other process away from the target's environment and results, waiting for it."""
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / f"{target.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("%s: waiting for another run of it to end", target.name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def ensure_environment(target: Target, root: Path) -> Environment:
    """The target's environment: reused if whole, made anew if the lock changed or files are gone.

    Raises UnusableEnvironmentError.
    """
    requirements = read_lock(target) if target.locked else resolve(target)
    environment = Environment(directory=root / target.name, lock_sha256=_digest(requirements))
    reason = damage(environment, requirements)
    if reason:
        log.warning("%s: making the environment, which %s", target.name, reason)
        _make(target, environment, requirements)
    return environment


def damage(environment: Environment, requirements: str) -> str | None:
    """What keeps an environment from being used as it is; None if nothing does.

    Looks whether the installed distributions are those of `requirements` and whether all their
    files exist; what the files hold is what the probe is there to find out.
    """
    try:
        stamp = json.loads((environment.directory / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "is not there or was never finished"
    if stamp != {"lock_sha256": environment.lock_sha256}:
        return "was made from another lock"
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


def read_lock(target: Target) -> str:
    """The text of the target's lock, checked against its digest and the target's requirements.

    Raises UnusableEnvironmentError if it is missing, cut off, edited by hand, or another target's.
    """
    path = lock_path(target)
    remedy = f"`nox -s lock -- {target.name}` makes it again"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableEnvironmentError(f"{path}: cannot be read: {error}; {remedy}") from error
    match = DIGEST.match(text)
    if match is None or match[1] != _digest(match[2]):
        raise UnusableEnvironmentError(
            f"{path}: the lock is cut off or was edited: its lines do not have the digest that "
            f"its first line states; {remedy}"
        )
    versions = pinned(text)
    for requirement in map(Requirement, target.wanted):
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            raise UnusableEnvironmentError(
                f"{path}: holds {requirement.name} {version}, but the target wants {requirement}; "
                f"{remedy}"
            )
    return text


def lock_path(target: Target) -> Path:
    return LOCKS / f"{target.name}.txt"


def make_lock(target: Target) -> str:
    """Resolve a locked target as of its day; returns the text of its lock without writing it.

    Raises UsageError if a pin has expired.
    """
    for pin in target.pins:
        if pin.expires < datetime.date.today():
            raise UsageError(
                f"{target.name}: the pin {pin.requirement!r} expired on {pin.expires}; it is held "
                f"because: {pin.reason}. Remove it from targets.toml, or give it another day"
            )
    body = resolve(target)
    return f"# sha256 of the lines below: {_digest(body)}\n{body}"


def resolve(target: Target) -> str:
    """The hash-pinned requirements of a target: as of its day, or of today if it has none.

    Raises UnusableEnvironmentError with what uv said.
    """
    command = f"nox -s lock -- {target.name}" if target.locked else f"nox -s {target.name}"
    arguments: list[str | Path] = [
        "--python",
        find_interpreter(target.python),
        "--python-platform",
        "x86_64-unknown-linux-gnu",
        "--generate-hashes",
        "--no-annotate",
        "--custom-compile-command",
        command,
        *_as_of(target),
    ]
    if target.prereleases:
        arguments.append("--prerelease=allow")
    return _uv("pip", "compile", *arguments, "-", stdin="\n".join(target.wanted), about=target.name)


def pinned(requirements: str) -> dict[str, str]:
    """Name and version of everything that hash-pinned requirements pin."""
    return {str(canonicalize_name(n)): version for n, version in PINNED.findall(requirements)}


def find_interpreter(version: str) -> Path:
    """A CPython of this minor version: on PATH, from pyenv, or one that uv manages.

    Raises MissingInterpreterError.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    released = re.compile(rf"{re.escape(version)}\.\d+")
    installed = [path for path in pyenv.glob(f"{version}.*") if released.fullmatch(path.name)]
    installed.sort(key=lambda path: Version(path.name))
    bins = [str(path / "bin") for path in reversed(installed)]
    # before PATH, where pyenv's shims answer for every version and fail for most
    path = os.pathsep.join([*bins, os.environ.get("PATH", "")])
    found = processes.run(
        [_uv_program(), "python", "find", "--no-project", "--no-python-downloads", version],
        env={**_uv_environment(), "PATH": path, "UV_PYTHON_PREFERENCE": "system"},
    )
    if found.returncode != 0:
        uv = "" if Version(version) < UV_HAS else f" or `uv python install {version}`"
        raise MissingInterpreterError(
            f"CPython {version} is not installed: it is not on PATH, not in {pyenv}, and uv "
            f"manages none; `pyenv install {version}`{uv} gets it"
        )
    return Path(found.stdout.strip())


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
    _uv("venv", *options, "--python", interpreter, making, about=target.name)
    lock = making / "requirements.txt"
    lock.write_text(requirements, encoding="utf-8")
    # the day also holds for what builds the few source distributions among them
    hashed = ("--require-hashes", *_as_of(target))
    _uv("pip", "sync", *hashed, "--python", making / "bin" / "python", lock, about=target.name)
    stamp = json.dumps({"lock_sha256": environment.lock_sha256})
    (making / STAMP).write_text(stamp, encoding="utf-8")
    if environment.directory.exists():
        shutil.rmtree(environment.directory)
    making.chmod(0o755)  # mkdtemp keeps others out, as a place for secrets would have to
    making.rename(environment.directory)


def _as_of(target: Target) -> list[str]:
    return ["--exclude-newer", f"{target.as_of}T23:59:59Z"] if target.locked else []


def _uv(*arguments: str | Path, about: str, stdin: str | None = None) -> str:
    done = processes.run([_uv_program(), "--quiet", *arguments], stdin=stdin, env=_uv_environment())
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit code {done.returncode} and no word"
        raise UnusableEnvironmentError(
            f"`uv {' '.join(map(str, arguments[:2]))}` failed for {about}:\n{said}"
        )
    return done.stdout


def _uv_program() -> str:
    from uv import find_uv_bin

    return find_uv_bin()


def _uv_environment() -> Mapping[str, str]:
    """uv's own settings stay as the user has them; an activated environment must not be its aim."""
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
