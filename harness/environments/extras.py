"""Packages that a script needs besides TensorFlow, installed beside a target's environment.

They are resolved as of the target's day, with the versions of the environment as constraints, into
a directory of their own, so that the environment stays as its lock says.
"""

import json
import re
import shutil
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from harness.base.errors import UnusableEnvironmentError, UsageError
from harness.base.files import is_directory
from harness.base.loading import converted
from harness.environments.locks import as_of, digest
from harness.environments.targets import Target
from harness.environments.uv import run_uv
from harness.environments.virtual_environments import Environment

# the metadata block of a script, as PEP 723 defines it
BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
EVERYWHERE = ("tensorflow", "tf-nightly")  # a target has one of both


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a script needs: requirements, local projects to build, and a range of Pythons."""

    requirements: tuple[str, ...] = ()
    projects: tuple[Path, ...] = ()
    python: str = ""


def read_extras(script: Path, more: tuple[str, ...], files: tuple[Path, ...]) -> Extras:
    """The needs of a script: its own metadata (PEP 723), `more`, and files of requirements.

    Of `more`, a directory is a project to build. Raises UsageError.
    """
    own = _metadata(script)
    wanted = [(f"{script}: dependencies", each) for each in own.dependencies]
    projects = []
    for each in more:
        if each and is_directory(Path(each)):
            projects.append(Path(each).absolute())
        else:
            wanted.append(("--with", each))
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--requirements {file}: cannot be read: {error}") from error
        stripped = (line.split(" #")[0].strip() for line in lines)
        wanted += [(str(file), line) for line in stripped if line and line[0] not in "#-"]
    for where, text in wanted:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            raise UsageError(f"{where}: {text!r} is no requirement: {error}") from error
    return Extras(
        requirements=tuple(text for _, text in wanted),
        projects=tuple(projects),
        python=own.requires_python,
    )


def ensure_extras(
    extras: Extras, target: Target, environment: Environment, root: Path, wheels: Path
) -> Path | None:
    """The directory with the packages of `extras` for a target, made if necessary; None if none.

    Projects are built into `wheels`, unless an earlier call of the same command has done that.
    Raises UnusableEnvironmentError, with the message of uv where requirements conflict.
    """
    python = environment.python_version or f"{target.python}.99"
    if extras.python and not SpecifierSet(extras.python).contains(python):
        raise UnusableEnvironmentError(
            f"{target.name} has Python {python}, and the script requires-python {extras.python}"
        )
    if not extras.requirements and not extras.projects:
        return None
    built = [_wheel(project, target.python, environment, wheels) for project in extras.projects]
    installed = environment.distributions()
    pins = _resolved(extras, built, installed, target, environment)
    new = [pin for pin in pins if _name(pin) not in installed]
    named = [pin.split(" @ ")[0] for pin in new]  # a wheel lies elsewhere each time
    key = digest(json.dumps([named, list(map(_content, built)), environment.lock_sha256]))
    directory = root / ".extras" / f"{target.name}-{key[:16]}"
    if not directory.exists():
        _install(new, directory, target, environment)
    return directory


class Metadata(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """The fields of the metadata of a script that say what it needs; others are let through."""

    dependencies: tuple[str, ...] = ()
    requires_python: str = ""


def _metadata(script: Path) -> Metadata:
    """The PEP 723 metadata of a script. Raises UsageError."""
    try:
        text = script.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{script}: cannot be read: {error.strerror}") from error
    blocks = [each for each in BLOCK.finditer(text) if each["type"] == "script"]
    if not blocks:
        return Metadata()
    where = f"{script}: its block `# /// script`"
    if len(blocks) > 1:
        raise UsageError(f"{where} is there twice; PEP 723 allows one")
    lines = blocks[0]["content"].splitlines()
    try:
        content = tomllib.loads("\n".join(line[2:] for line in lines))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is no TOML: {error}") from error
    found = converted(content, Metadata, where, UsageError)
    try:
        SpecifierSet(found.requires_python)
    except InvalidSpecifier as error:
        raise UsageError(f"{where}, field 'requires-python': {error}") from error
    return found


def _resolved(
    extras: Extras,
    wheels: list[Path],
    installed: dict[str, str],
    target: Target,
    environment: Environment,
) -> list[str]:
    """The pins of all that is needed, with the versions of the environment as they are."""
    wanted = [each for each in extras.requirements if _name(each) not in _elsewhere(installed)]
    wanted += [f"{wheel.name.split('-')[0]} @ {wheel.as_uri()}" for wheel in wheels]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("".join(f"{name}=={v}\n" for name, v in installed.items()))
        constraints.flush()
        options: list[str | Path] = ["--python", environment.python, *as_of(target)]
        options += ["--constraint", constraints.name, "--no-annotate", "--no-header"]
        text = run_uv("pip", "compile", *options, "-", stdin="\n".join(wanted), about=target.name)
    # the user's settings of uv may add comments, options, and hashes in lines of their own
    return [line.removesuffix(" \\") for line in text.splitlines() if line and line[0].isalnum()]


def _elsewhere(installed: dict[str, str]) -> set[str]:
    """The name of TensorFlow that a target does not have, where it has the other."""
    has = any(name in installed for name in EVERYWHERE)
    return {name for name in EVERYWHERE if name not in installed} if has else set()


def _wheel(project: Path, python: str, environment: Environment, wheels: Path) -> Path:
    """The wheel of a local project for a version of Python, built unless `wheels` has it.

    Its build requirements are those of today. The wheel is built from a source distribution: a
    build in the directory of the project can take files along that are no longer there. One build
    runs at a time, since a source distribution leaves files there too.
    """
    output = wheels / digest(str(project))[:16] / python
    with FileLock(wheels / "building.lock"):
        if not output.exists():
            making = Path(tempfile.mkdtemp(dir=wheels))
            options = ("--out-dir", making, "--python", environment.python, "--no-config")
            run_uv("build", *options, project, about=str(project))
            output.parent.mkdir(exist_ok=True)
            making.rename(output)
    found = next(output.glob("*.whl"), None)
    if found is None:
        raise UnusableEnvironmentError(f"{project}: `uv build` made no wheel")
    return found


def _content(wheel: Path) -> list[tuple[str, int]]:
    """The files of a wheel and their checksums; the time of the build is not among them."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted((each.filename, each.CRC) for each in archive.infolist())


def _install(pins: list[str], directory: Path, target: Target, environment: Environment) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=directory.parent))
    try:
        if pins:
            options = ("--target", making, "--python", environment.python, "--no-deps")
            lines = "\n".join(pins)
            run_uv(
                *("pip", "install", *options, "--requirements", "-"),
                stdin=lines,
                about=target.name,
            )
        making.chmod(0o755)
        making.rename(directory)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _name(requirement: str) -> str:
    return str(canonicalize_name(Requirement(requirement).name))
