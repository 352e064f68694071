"""Locks: the hash-pinned requirements of a target, resolved as of its day (`as_of`)."""

import datetime
import hashlib
import re
import tempfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.base.errors import UnusableEnvironmentError, UsageError
from harness.environments.interpreters import find_interpreter
from harness.environments.targets import Target
from harness.environments.uv import run_uv

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)
DIGEST = re.compile(r"\A# sha256 of the lines below: ([0-9a-f]{64})\n(.*)\Z", re.DOTALL)


def read_lock(target: Target, locks: Path) -> str:
    """The text of the target's lock, checked against its digest and the target's requirements.

    Raises UnusableEnvironmentError if the lock is missing, truncated, edited, or of another target.
    """
    path = lock_path(target, locks)
    remedy = f"`nox -s lock -- {target.name}` makes it again"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableEnvironmentError(f"{path}: cannot be read: {error}; {remedy}") from error
    match = DIGEST.match(text)
    if match is None or match[1] != digest(match[2]):
        raise UnusableEnvironmentError(
            f"{path}: the lock is truncated or was edited: its lines do not have the digest that "
            f"its first line states; {remedy}"
        )
    versions = pinned(text)
    for requirement in map(Requirement, target.wanted):
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or not _is_wanted(version, requirement):
            raise UnusableEnvironmentError(
                f"{path}: contains {requirement.name} {version}, but the target needs "
                f"{requirement}; {remedy}"
            )
    return text


def _is_wanted(version: str, requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version, prereleases=True)
    except ValueError:  # it is no version
        return False


def lock_path(target: Target, locks: Path) -> Path:
    return locks / f"{target.name}.txt"


def make_lock(target: Target) -> str:
    """The text of a new lock of a locked target, resolved as of its day; writes no file.

    Raises UsageError if a pin has expired.
    """
    for pin in target.pins:
        if pin.expires < datetime.date.today():
            raise UsageError(
                f"{target.name}: the pin {pin.requirement!r} expired on {pin.expires}; its reason "
                f"is: {pin.reason}. Remove the pin from targets.toml, or set a later `expires`"
            )
    body = resolve(target)
    return f"# sha256 of the lines below: {digest(body)}\n{body}"


def resolve(target: Target) -> str:
    """The hash-pinned requirements of a target as of its day; as of today without a day.

    Raises UnusableEnvironmentError with the message of uv.
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
        *as_of(target),
    ]
    if target.prereleases:
        arguments.append("--prerelease=allow")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as overrides:
        overrides.write("".join(f"{name}; python_version < '0'\n" for name in target.without))
        overrides.flush()
        arguments += ["--override", overrides.name] if target.without else []
        return run_uv(
            "pip", "compile", *arguments, "-", stdin="\n".join(target.wanted), about=target.name
        )


def pinned(requirements: str) -> dict[str, str]:
    """The distributions that hash-pinned requirements pin: versions by normalised name."""
    return {str(canonicalize_name(n)): version for n, version in PINNED.findall(requirements)}


def as_of(target: Target) -> list[str]:
    """uv's options to ignore uploads after a target's day (UTC); none without a day."""
    return ["--exclude-newer", f"{target.as_of}T23:59:59Z"] if target.locked else []


def digest(text: str) -> str:
    """The SHA-256 of a text in hexadecimal, which identifies a lock."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
