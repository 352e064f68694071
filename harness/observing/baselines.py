"""Baselines: the accepted observations of a target, as text that a reviewer can read in a diff.

One JSON file for each scenario and variant, `baselines/<target>/<scenario>-<variant>.json`, with a
line for each row of an array, and one for the watched internals, `internals.json`. A target without
a lock has `distributions.json` besides: what its baseline was made with.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from harness.base.errors import BaselineError
from harness.base.words import json_number
from harness.environments.targets import Target
from harness.observing.internals import Described
from harness.observing.records import Array, Error, Number
from harness.observing.results import Result, Results

SCHEMA_VERSION = 1
INTERNALS = "internals.json"
DISTRIBUTIONS = "distributions.json"
LINE = 90  # characters; longer lists of words take a line for each
REMEDY = (
    "`git checkout` restores a committed baseline, `state-harness run TARGET --force-regen` makes it "
    "again"
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
    """The text of a baseline file; `load_steps` reads the same steps back from it."""
    stored = {name: _plain_step(accepted) for name, accepted in steps.items()}
    return _text({"schema_version": SCHEMA_VERSION, "steps": stored})


def internals_text(internals: Mapping[str, Described]) -> str:
    """The text of the internals' baseline, each source once; `load_internals` reads it back."""
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
    return _text(document)


def load_steps(path: Path) -> dict[str, Result]:
    """Read a baseline. Raises BaselineError, which names the file and what is wrong with it."""
    stored = _load(path, _StepsFile).steps
    return {
        name: Result(
            arrays={key: _array(path, f"{name}: {key}", a) for key, a in step.arrays.items()},
            error=step.error,
            reproducible=step.reproducible,
        )
        for name, step in stored.items()
    }


def load_internals(path: Path) -> dict[str, Described]:
    """Read the internals' baseline. Raises BaselineError."""
    stored = _load(path, _InternalsFile)
    try:
        return {
            name: replace(
                described,
                body="\n".join(stored.bodies[described.body]) if described.body else "",
            )
            for name, described in stored.internals.items()
        }
    except (KeyError, ValueError) as error:
        raise BaselineError(f"{path}: the body {error} is not there; {REMEDY}") from error


def distributions_text(distributions: Mapping[str, str]) -> str:
    """The text of what a baseline was made with; `load_distributions` reads it back."""
    return _text({"schema_version": SCHEMA_VERSION, "distributions": dict(distributions)})


def load_distributions(path: Path) -> Mapping[str, str]:
    """Name and version of all that a baseline was made with. Raises BaselineError."""
    return _load(path, _DistributionsFile).distributions


def load_watches(
    directory: Path, targets: Iterable[Target]
) -> dict[str, dict[str, dict[str, Described]]]:
    """The accepted internals of every locked target: by family, target and name, oldest first.

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
    shape: tuple[int, ...]
    mean: float | str | None = None
    values: list[list[Number]] | None = None


@dataclass(frozen=True, kw_only=True)
class _StoredStep:
    reproducible: bool = True
    error: Error | None = None
    arrays: dict[str, _StoredArray] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _StepsFile:
    schema_version: int
    steps: dict[str, _StoredStep]


@dataclass(frozen=True, kw_only=True)
class _InternalsFile:
    schema_version: int
    internals: dict[str, Described]
    bodies: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class _DistributionsFile:
    schema_version: int
    distributions: dict[str, str]


File = TypeVar("File", _StepsFile, _InternalsFile, _DistributionsFile)


def _load(path: Path, kind: type[File]) -> File:
    try:
        data = path.read_bytes()
        version = msgspec.json.decode(data, type=dict[str, object]).get("schema_version")
        if version != SCHEMA_VERSION:
            raise BaselineError(
                f"{path}: schema version {version}, this harness reads {SCHEMA_VERSION}; {REMEDY}"
            )
        return msgspec.json.decode(data, type=kind)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise BaselineError(f"{path}: cannot be read: {error}; {REMEDY}") from error


def _array(path: Path, name: str, stored: _StoredArray) -> Array:
    rows = stored.values
    values = None if rows is None else tuple(value for row in rows for value in row)
    array = Array(dtype=stored.dtype, shape=stored.shape, values=values)
    if values is not None and len(values) != math.prod(stored.shape):
        raise BaselineError(
            f"{path}: {name}: {len(values)} values do not fill the shape {stored.shape}; {REMEDY}"
        )
    try:
        mean = json_number(array.mean)
    except ValueError as error:
        raise BaselineError(f"{path}: {name}: {error}; {REMEDY}") from error
    if stored.mean != mean:
        raise BaselineError(
            f"{path}: {name}: the mean is given as {stored.mean}, that of its values is "
            f"{mean}: edited by hand? {REMEDY}"
        )
    return array


def _plain_step(accepted: Result) -> dict[str, Any]:
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


def _text(value: Any, indent: str = "") -> str:
    """JSON, indented, with every row of numbers, and every line of words, on a line of its own."""
    inner = indent + " "
    if isinstance(value, dict) and value:
        items = [f"{inner}{json.dumps(k)}: {_text(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}" + ("" if indent else "\n")
    line = json.dumps(value, ensure_ascii=False)
    listed = isinstance(value, list | tuple)
    rows = listed and any(isinstance(item, list) for item in value)
    if rows or (listed and len(line) > LINE and any(isinstance(item, str) for item in value)):
        return "[\n" + ",\n".join(inner + _text(v, inner) for v in value) + f"\n{indent}]"
    return line
