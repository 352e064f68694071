"""A command of the shell as the subject of a search: its exit code says what is good."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.base import processes
from harness.base.errors import HarnessError, UncheckedError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.targets import Target
from harness.running.parcels import Files
from harness.search.subjects import Place

CANNOT_TELL = 125  # the exit code of a command that cannot test a candidate, as git bisect has it
CODES = "codes.json"  # the exit codes of a command on a candidate
SIGNALLED = 128  # exit codes from here on: a signal ended the command
DIGITS = 12  # of a digest in a file name


@dataclass(frozen=True, kw_only=True)
class CommandSubject:
    """A command of the shell whose exit code says whether a candidate is good.

    0 is good, 125 cannot be told, 128 and above is a signal, which cannot be told either, and any
    other one is bad.
    """

    command: str

    @property
    def name(self) -> str:
        return f"`{self.command}`"

    @property
    def key(self) -> str:
        return f"command-{hashlib.sha256(self.command.encode()).hexdigest()[:DIGITS]}"

    def require(self, old: "Codes", new: "Codes") -> None:
        """A command names nothing that an end could lack."""

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> "Codes | None":
        try:
            found = msgspec.json.decode((directory / CODES).read_bytes(), type=Codes)
        except (OSError, msgspec.DecodeError):
            return None
        return found if found.lock_sha256 == lock_sha256 and len(found.codes) >= runs else None

    def show(self, place: Place, runs: int) -> "Codes":
        codes = tuple(self._run(place) for _ in range(runs))
        found = Codes(lock_sha256=place.environment.lock_sha256, codes=codes)
        write_whole(place.directory / CODES, msgspec.json.encode(found))
        return found

    def _run(self, place: Place) -> int:
        """The exit code of the command. Raises UncheckedError if that says nothing."""
        variables = place.environment.process_variables()
        binaries = place.environment.directory / "bin"
        variables["PATH"] = os.pathsep.join([str(binaries), variables.get("PATH", "")])
        try:
            done = processes.run(
                ["sh", "-c", self.command], env=variables, timeout=place.limits.scenario
            )
        except HarnessError as error:
            raise UncheckedError(str(error)) from error
        if done.returncode == CANNOT_TELL:
            raise UncheckedError(f"{self.name} ended with {CANNOT_TELL}: it cannot tell")
        if done.returncode < 0 or done.returncode >= SIGNALLED:
            raise UncheckedError(f"{self.name} was ended by a signal ({done.returncode})")
        return done.returncode

    def accepted(self, target: Target, project: Project) -> None:
        """A command has no baseline."""

    def each_run(self, shown: "Codes") -> list["Codes"]:
        return [msgspec.structs.replace(shown, codes=(code,)) for code in shown.codes]

    def differences(self, old: "Codes", new: "Codes") -> list[str]:
        return [] if old.verdict == new.verdict else [f"{self.name}: {new} instead of {old}"]

    def not_compared(self, old: "Codes", new: "Codes") -> list[str]:
        del old, new
        return []

    def sent(self, project: Project) -> tuple[Path, Files]:
        return project.scenarios, {}  # the shell of the worker knows the command

    def within(self, project: Project) -> "CommandSubject":
        del project
        return self

    def traced(self, shown: "Codes") -> tuple[str | Path, ...]:
        del shown
        return ()

    def judged(self, shown: "Codes") -> dict[str, str]:
        del shown
        return {}


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """The exit codes of a command on a candidate."""

    lock_sha256: str
    codes: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """`good`, `bad`, or `both`."""
        found = {"bad" if code else "good" for code in self.codes}
        return found.pop() if len(found) == 1 else "both"

    def __str__(self) -> str:
        return f"{self.verdict} (exit code {' and '.join(map(str, sorted(set(self.codes))))})"
