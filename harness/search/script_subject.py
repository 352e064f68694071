"""A plain script of a user, or a statement of it, as the subject of a search."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.base.errors import UncheckedError, UsageError
from harness.base.project import Project
from harness.environments.extras import Extras, ensure_extras
from harness.environments.targets import Target
from harness.judging.divergence import boundary
from harness.observing.numerics import Tolerances
from harness.observing.probing import PlainScript, observe_script
from harness.observing.records import Record
from harness.observing.scripts import Trace, trace
from harness.running.parcels import Files, sent_script
from harness.search.subjects import Place, Seen, kept_record, key_of


@dataclass(frozen=True, kw_only=True)
class ScriptSubject:
    """A plain script of a user, or the statement in one line of it."""

    name: str
    script: PlainScript
    line: int = 0
    extras: Extras = field(default_factory=Extras)
    wheels: Path
    tolerances: Tolerances = field(default_factory=Tolerances)

    @property
    def key(self) -> str:
        said = (*self.script.arguments, str(self.script.directory or ""), str(self.extras))
        return key_of(self.script.path.stem, self.script.path, *said)

    def require(self, old: Seen[Trace], new: Seen[Trace]) -> None:
        lines = {each.line for side in (old, new) for each in side.value.statements}
        if self.line and self.line not in lines:
            raise UsageError(
                f"{self.name!r}: no statement begins in line {self.line}; statements begin in "
                f"{', '.join(map(str, sorted(lines)))}"
            )

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> Seen[Trace] | None:
        record = kept_record(directory, lock_sha256, runs)
        return self._seen(record) if record else None

    def show(self, place: Place, runs: int) -> Seen[Trace]:
        packages = ensure_extras(
            self.extras, place.target, place.environment, place.project.environments, self.wheels
        )
        script = replace(self.script, packages=packages)
        record = observe_script(
            script, place.target, place.environment, place.directory, place.limits, runs
        )
        return self._seen(record)

    def _seen(self, record: Record) -> Seen[Trace]:
        found = trace(record, self.tolerances)
        if found.ended:
            raise UncheckedError(found.ended)
        return Seen(record=record, value=found)

    def accepted(self, target: Target, project: Project) -> None:
        """The baseline of a script is one of another repository."""

    def each_run(self, shown: Seen[Trace]) -> list[Seen[Trace]]:
        return [Seen(record=each, value=trace(each, self.tolerances)) for each in shown.runs()]

    def differences(self, old: Seen[Trace], new: Seen[Trace]) -> list[str]:
        found = boundary(old.value, new.value, self.tolerances).divergences
        of_line = [each for each in found if self.line in (0, each.statement.line)]
        return [
            f"{each.statement.name}: {'; '.join(map(str, each.differences))}" for each in of_line
        ]

    def not_compared(self, old: Seen[Trace], new: Seen[Trace]) -> list[str]:
        found = boundary(old.value, new.value, self.tolerances)
        unclear = (*found.not_compared, *found.not_reached)
        return [each.name for each in unclear if self.line in (0, each.line)]

    def sent(self, project: Project) -> tuple[Path, Files]:
        del project
        return self.script.path.parent, sent_script(self.script.path)

    def within(self, project: Project) -> "ScriptSubject":
        path = project.scenarios / self.script.path.name
        wheels = project.root / "wheels"
        return replace(self, script=replace(self.script, path=path), wheels=wheels)

    def traced(self, shown: Seen[Trace]) -> tuple[str | Path, ...]:
        del shown
        if self.extras != Extras() or self.script.directory:  # it needs more than its own file
            return ()
        line = ("--line", str(self.line)) if self.line else ()
        return (self.script.path, *line, "--", *self.script.arguments)

    def judged(self, shown: Seen[Trace]) -> dict[str, str]:
        del shown
        return {}
