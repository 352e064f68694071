"""Open defects: steps that go wrong on the newest release, and since when. Pure but for loading."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.base.errors import UsageError
from harness.base.loading import Layout, Name
from harness.judging.oracle.matching import VARIANT, nearest_meaning
from harness.observing.snapshots import Snapshot


class Defect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A behaviour that is wrong where the step `step`, "SCENARIO / STEP", shows `shows`.

    `shows` is the type of an error, or the name of a meaning of the oracle. `link` is the thread
    at the upstream project; empty if none is known.
    """

    what: Name
    step: Name
    shows: Name
    link: str = ""

    @property
    def scenario(self) -> str:
        return self.step.split(" / ", 1)[0]

    def is_in(self, observed: Snapshot) -> bool:
        """Whether a target goes wrong in this way."""
        scenario, name = self.step.split(" / ", 1)
        result = observed.steps.get((scenario, VARIANT), {}).get(name)
        if result is None:
            return False
        if result.error:
            return result.error.type == self.shows
        found = nearest_meaning(scenario, name, result)
        return found is not None and found.agrees and found.meaning == self.shows


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A defect, the targets that go wrong, in their order, and whether the nightly does.

    It is `gone` if neither the newest release of Keras nor the nightly has it any more.
    """

    defect: Defect
    targets: tuple[str, ...]
    nightly: bool
    gone: bool


def load_defects(path: Path) -> tuple[Defect, ...]:
    """Read all open defects. Raises UsageError, which names the file and the fault."""
    return LAYOUT.load(path).defect


def open_defects(
    defects: Iterable[Defect], observed: Mapping[str, Sequence[Snapshot]]
) -> Iterator[Shown]:
    """Each defect with the targets that show it; `observed` are the targets of each family."""
    for defect in defects:
        wrong = [each for family in observed.values() for each in family if defect.is_in(each)]
        newest, nightly = (observed[family][-1] for family in ("keras", "nightly"))
        yield Shown(
            defect=defect,
            targets=tuple(each.name for each in wrong),
            nightly=nightly in wrong,
            gone=newest not in wrong and nightly not in wrong,
        )


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: int
    defect: tuple[Defect, ...]


def _check(file: _File) -> None:
    for each in file.defect:
        if " / " not in each.step:
            raise ValueError(f"{each.step!r} is not like 'SCENARIO / STEP'")


LAYOUT = Layout(
    content=_File,
    title="the open defects",
    error=UsageError,
    way_out="each [[defect]] needs `what`, `step` and `shows`",
    version=1,
    check=_check,
    toml=True,
)
