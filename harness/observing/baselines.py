"""Baselines: the accepted observations of a target, as text that a reviewer can read in a diff.

Each scenario and variant has a JSON file, `baselines/<target>/<scenario>-<variant>.json`, with a
line for each row of an array. The watched internals are in `internals.json`. A target without a
lock also has `distributions.json`: the distributions with which its baseline was made.
"""

import functools
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from packaging.version import Version

from harness.base.errors import BaselineError
from harness.base.loading import Layout, Name, Shape
from harness.base.packages import RELEASED
from harness.base.words import json_number
from harness.environments.targets import Target
from harness.observing.internals import Described
from harness.observing.messages import normalise
from harness.observing.records import Array, Error, Number
from harness.observing.results import Result, Results

SCHEMA_VERSION = 1
INTERNALS = "internals.json"
DISTRIBUTIONS = "distributions.json"
T = TypeVar("T")
LINE = 90  # characters; a longer list of strings is written with one string a line
REMEDY = (
    "`git checkout` restores a committed baseline, and "
    "`state-harness run TARGET --force-regen` makes it again"
)


def file_name(scenario: str, variant: str) -> str:
    return f"{scenario}-{variant}.json"


def scenario_files(directory: Path) -> dict[tuple[str, str], Path]:
    """The baseline files of a target's scenarios, by scenario and variant."""
    found = {}
    for path in sorted(directory.glob("*-*.json")):
        scenario, variant = path.stem.rsplit("-", 1)
        found[scenario, variant] = path
    return found


def steps_text(steps: Results) -> str:
    """The text of a baseline file, from which `load_steps` reads the same steps."""
    stored = {name: plain_result(accepted) for name, accepted in steps.items()}
    return baseline_text({"schema_version": SCHEMA_VERSION, "steps": stored})


def internals_text(internals: Mapping[str, Described]) -> str:
    """The text of the internals' baseline, with each source once; see `load_internals`."""
    bodies: dict[str, str] = {}
    stored = {}
    for name, described in internals.items():
        plain = {
            key: value
            for key, value in vars(described).items()
            if value or (key == "parameters" and value is not None)
        }
        body = plain.pop("body", "")
        if body:
            key = next((key for key, known in bodies.items() if known == body), name)
            bodies[key] = body
            plain["body"] = key
        stored[name] = plain
    document = {
        "schema_version": SCHEMA_VERSION,
        "internals": stored,
        "bodies": {key: body.splitlines() for key, body in bodies.items()},
    }
    return baseline_text(document)


def load_steps(path: Path) -> dict[str, Result]:
    """Read a baseline. Raises BaselineError, which names the file and the fault."""
    return {name: step.result(path, name) for name, step in _STEPS.load(path).steps.items()}


def load_internals(path: Path) -> dict[str, Described]:
    """Read the internals' baseline. Raises BaselineError."""
    stored = _INTERNALS.load(path)
    return {
        name: replace(described, body="\n".join(stored.bodies[described.body]))
        if described.body
        else described
        for name, described in stored.internals.items()
    }


def distributions_text(distributions: Mapping[str, str]) -> str:
    """The text of `distributions.json`, which `load_distributions` reads."""
    return baseline_text({"schema_version": SCHEMA_VERSION, "distributions": dict(distributions)})


def load_distributions(path: Path) -> Mapping[str, str]:
    """The distributions with which a baseline was made: versions by name. Raises BaselineError."""
    return _DISTRIBUTIONS.load(path).distributions


def load_watches(
    directory: Path, targets: Iterable[Target]
) -> dict[str, dict[str, dict[str, Described]]]:
    """The accepted internals of locked targets: by family, target and name; in target order.

    Raises BaselineError.
    """
    families: dict[str, dict[str, dict[str, Described]]] = {}
    for target in targets:
        if target.locked:
            accepted = load_internals(directory / target.name / INTERNALS)
            families.setdefault(target.family, {})[target.name] = accepted
    return families


@dataclass(frozen=True, kw_only=True)
class _StoredArray:
    dtype: str
    shape: Shape
    mean: float | str | None = None
    values: list[list[Number]] | None = None


class StoredResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result as baselines store it; `plain_result` makes one."""

    reproducible: bool = True
    error: Error | None = None
    arrays: dict[Name, msgspec.Raw] = msgspec.field(default_factory=dict)

    def result(self, path: Path, name: str) -> Result:
        """The result; `path` and `name` are for messages. Raises BaselineError."""
        return Result(
            arrays={key: _array(path, f"{name}: {key}", a) for key, a in self.arrays.items()},
            # again, since the harness that wrote the file may have had fewer rules
            error=self.error and replace(self.error, message=normalise(self.error.message)),
            reproducible=self.reproducible,
        )


@dataclass(frozen=True, kw_only=True)
class _StepsFile:
    schema_version: int
    steps: dict[Name, StoredResult]


@dataclass(frozen=True, kw_only=True)
class _InternalsFile:
    schema_version: int
    internals: dict[Name, Described]
    bodies: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class _DistributionsFile:
    schema_version: int
    distributions: dict[Name, str]


def _check_bodies(stored: _InternalsFile) -> None:
    for name, described in stored.internals.items():
        if described.body and described.body not in stored.bodies:
            raise ValueError(f"the body {described.body!r} of {name} is missing")


def _check_versions(stored: _DistributionsFile) -> None:
    for name in stored.distributions.keys() & RELEASED.keys():
        Version(stored.distributions[name])


def _layout(kind: type[T], check: Callable[[T], object]) -> Layout[T]:
    return Layout(
        content=kind,
        title="a baseline",
        error=BaselineError,
        way_out=REMEDY,
        version=SCHEMA_VERSION,
        check=check,
    )


_STEPS = _layout(_StepsFile, lambda _: None)
_INTERNALS = _layout(_InternalsFile, _check_bodies)
_DISTRIBUTIONS = _layout(_DistributionsFile, _check_versions)


def _array(path: Path, name: str, stored: msgspec.Raw) -> Array:
    try:
        return _read_array(bytes(stored))
    except ValueError as error:
        raise BaselineError(f"{path}: {name}: {error}; {REMEDY}") from error


@functools.cache  # most targets have the same
def _read_array(text: bytes) -> Array:
    stored = msgspec.json.decode(text, type=_StoredArray)
    rows = stored.values
    values = None if rows is None else tuple(itertools.chain.from_iterable(rows))
    array = Array(dtype=stored.dtype, shape=stored.shape, values=values)
    if values is not None and array.fault:
        raise ValueError(array.fault)
    mean = json_number(array.mean)
    if stored.mean != mean:
        raise ValueError(
            f"the stored mean is {stored.mean}, the mean of the values is {mean}: edited by hand?"
        )
    return array


def plain_result(accepted: Result) -> dict[str, Any]:
    """A result as plain data, as `StoredResult` reads it."""
    plain: dict[str, Any] = {} if accepted.reproducible else {"reproducible": False}
    if accepted.error:
        plain["error"] = {"type": accepted.error.type, "message": accepted.error.message}
    if accepted.arrays:
        plain["arrays"] = {key: _plain_array(array) for key, array in accepted.arrays.items()}
    return plain


def _plain_array(array: Array) -> dict[str, Any]:
    plain: dict[str, Any] = {"dtype": array.dtype, "shape": list(array.shape)}
    if array.values is not None:
        width = array.shape[-1] if array.shape else 1
        rows = [
            list(array.values[at : at + width]) for at in range(0, len(array.values), width or 1)
        ]
        plain.update(mean=json_number(array.mean), values=rows)
    return plain


def baseline_text(value: Any, indent: str = "") -> str:
    """Indented JSON: each row of numbers, and each string of a long list, on its own line."""
    inner = indent + " "
    if isinstance(value, dict) and value:
        items = [f"{inner}{json.dumps(k)}: {baseline_text(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}" + ("" if indent else "\n")
    line = json.dumps(value, ensure_ascii=False)
    listed = isinstance(value, list | tuple)
    rows = listed and any(isinstance(item, list) for item in value)
    if rows or (listed and len(line) > LINE and any(isinstance(item, str) for item in value)):
        return "[\n" + ",\n".join(inner + baseline_text(v, inner) for v in value) + f"\n{indent}]"
    return line
