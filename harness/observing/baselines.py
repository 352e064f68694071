"""Baselines: the accepted observations of a target, as text that a reviewer can read in a diff.

Each scenario and variant has a JSON file, `baselines/<target>/<scenario>-<variant>.json`, with the
mean of each array. The watched internals are in `internals.json`. Values, facts of layers and
sources that many targets have in common are in `baselines/shared`, see `shared.py`; a file of
values has a line for each row of an array. A target without a lock also has `distributions.json`:
the distributions with which its baseline was made.
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
from harness.observing.shared import (
    REMEDY,
    Document,
    LayerFile,
    SourceFile,
    ValuesFile,
    array_in,
    facts_in,
    file_of,
    shared_beside,
    source_in,
)

SCHEMA_VERSION = 2
INTERNALS = "internals.json"
DISTRIBUTIONS = "distributions.json"
T = TypeVar("T")
LINE = 90  # characters; a longer list of strings is written with one string a line
FEW = 4  # values that stay in the file of a target


def file_name(scenario: str, variant: str) -> str:
    return f"{scenario}-{variant}.json"


def scenario_files(directory: Path) -> dict[tuple[str, str], Path]:
    """The baseline files of a target's scenarios, by scenario and variant."""
    found = {}
    for path in sorted(directory.glob("*-*.json")):
        scenario, variant = path.stem.rsplit("-", 1)
        found[scenario, variant] = path
    return found


def steps_document(steps: Results) -> Document:
    """The file of a scenario and variant, from which `load_steps` reads the same steps."""
    shared: dict[str, str] = {}
    stored = {name: plain_result(accepted, shared) for name, accepted in steps.items()}
    text = baseline_text({"schema_version": SCHEMA_VERSION, "steps": stored})
    return Document(text=text, shared=shared)


def internals_document(internals: Mapping[str, Described]) -> Document:
    """The file of the internals; see `load_internals`."""
    shared: dict[str, str] = {}
    stored = {name: _plain_internal(name, each, shared) for name, each in internals.items()}
    text = baseline_text({"schema_version": SCHEMA_VERSION, "internals": stored})
    return Document(text=text, shared=shared)


def load_steps(path: Path) -> Results:
    """Read a baseline. Raises BaselineError, which names the file and the fault."""
    content = _STEPS.read(path), shared_beside(path)
    if content not in _READ:
        steps = _STEPS.decode(content[0], path).steps
        _READ[content] = {name: _step(path, name, bytes(step)) for name, step in steps.items()}
    return _READ[content]


# most targets have the same files, and most steps of other files are the same
_READ: dict[tuple[bytes, Path], Results] = {}
_READ_STEPS: dict[tuple[bytes, Path], Result] = {}


def _step(path: Path, name: str, text: bytes) -> Result:
    content = text, shared_beside(path)
    if content not in _READ_STEPS:
        _READ_STEPS[content] = _STEP.decode(text, f"{path}: {name}").result(path, name)
    return _READ_STEPS[content]


def load_internals(path: Path) -> dict[str, Described]:
    """Read the internals' baseline. Raises BaselineError."""
    stored = _INTERNALS.load(path).internals
    shared = shared_beside(path)
    return {name: each.described(shared) for name, each in stored.items()}


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
    values: list[list[Number]] | ValuesFile | None = None


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
    steps: dict[Name, msgspec.Raw]


@dataclass(frozen=True, kw_only=True)
class _StoredInternal:
    """A `Described`, whose facts and body are shared."""

    kind: str | None = None
    owner: str | None = None
    parameters: tuple[str, ...] | None = None
    calls: tuple[str, ...] = ()
    facts: LayerFile | None = None
    body: SourceFile | None = None

    def described(self, shared: Path) -> Described:
        return Described(
            kind=self.kind,
            owner=self.owner,
            parameters=self.parameters,
            calls=self.calls,
            facts=facts_in(shared, self.facts) if self.facts else {},
            body=source_in(shared, self.body) if self.body else "",
        )


@dataclass(frozen=True, kw_only=True)
class _InternalsFile:
    schema_version: int
    internals: dict[Name, _StoredInternal]


@dataclass(frozen=True, kw_only=True)
class _DistributionsFile:
    schema_version: int
    distributions: dict[Name, str]


def _check_versions(stored: _DistributionsFile) -> None:
    for name in stored.distributions.keys() & RELEASED.keys():
        Version(stored.distributions[name])


def _layout(
    kind: type[T],
    check: Callable[[T], object] = lambda _: None,
    version: int | None = SCHEMA_VERSION,
) -> Layout[T]:
    return Layout(
        content=kind,
        title="a baseline",
        error=BaselineError,
        way_out=REMEDY,
        version=version,
        check=check,
    )


_STEPS = _layout(_StepsFile)
_STEP = _layout(StoredResult, version=None)  # of one step in a file of steps
_INTERNALS = _layout(_InternalsFile)
_DISTRIBUTIONS = _layout(_DistributionsFile, _check_versions)


def _array(path: Path, name: str, stored: msgspec.Raw) -> Array:
    try:
        return _read_array(bytes(stored), shared_beside(path))
    except ValueError as error:
        raise BaselineError(f"{path}: {name}: {error}; {REMEDY}") from error


@functools.cache  # most targets have the same
def _read_array(text: bytes, shared: Path) -> Array:
    stored = msgspec.json.decode(text, type=_StoredArray)
    dtype, shape, rows = stored.dtype, stored.shape, stored.values
    if isinstance(rows, str):
        array = array_in(shared, rows, dtype, shape)
    else:
        values = None if rows is None else tuple(itertools.chain.from_iterable(rows))
        array = Array(dtype=dtype, shape=shape, values=values)
    if array.values is not None and array.fault:
        raise ValueError(array.fault)
    mean = json_number(array.mean)
    if stored.mean != mean:
        raise ValueError(
            f"the stored mean is {stored.mean}, the mean of the values is {mean}: edited by hand?"
        )
    return array


def plain_result(accepted: Result, shared: dict[str, str] | None = None) -> dict[str, Any]:
    """A result as plain data, as `StoredResult` reads it.

    Larger arrays go to `shared`, the texts of shared files by name; without it all stay here.
    """
    plain: dict[str, Any] = {} if accepted.reproducible else {"reproducible": False}
    if accepted.error:
        plain["error"] = {"type": accepted.error.type, "message": accepted.error.message}
    if accepted.arrays:
        plain["arrays"] = {k: _plain_array(array, shared) for k, array in accepted.arrays.items()}
    return plain


class _Line(dict[str, Any]):
    """What `baseline_text` writes on one line."""


def _plain_array(array: Array, shared: dict[str, str] | None) -> dict[str, Any]:
    plain: dict[str, Any] = {} if shared is None else _Line()
    plain.update(dtype=array.dtype, shape=list(array.shape))
    if array.values is not None:
        width = array.shape[-1] if array.shape else 1
        rows = [
            list(array.values[at : at + width]) for at in range(0, len(array.values), width or 1)
        ]
        plain.update(mean=json_number(array.mean), values=rows)
        if shared is not None and len(array.values) > FEW:
            plain["values"] = _share(shared, "values", "json", f"{baseline_text(rows)}\n")
    return plain


def _plain_internal(name: str, described: Described, shared: dict[str, str]) -> dict[str, Any]:
    plain = {
        key: value
        for key, value in vars(described).items()
        if value or (key == "parameters" and value is not None)
    }
    if described.facts:
        facts = baseline_text(described.facts)
        plain["facts"] = _share(shared, "layers", "json", facts, hint=name)
    if described.body:
        source, attribute = f"{described.body}\n", name.rpartition(".")[2]
        plain["body"] = _share(shared, "sources", "txt", source, hint=attribute)
    return plain


def _share(shared: dict[str, str], folder: str, ending: str, text: str, *, hint: str = "") -> str:
    """Put a text among those of shared files; returns the name of the file."""
    name = file_of(folder, ending, text, hint=hint)
    shared[name] = text
    return name


def baseline_text(value: Any, indent: str = "") -> str:
    """Indented JSON: each row of numbers, and each string of a long list, on its own line."""
    inner = indent + " "
    if isinstance(value, dict) and value and not isinstance(value, _Line):
        items = [f"{inner}{json.dumps(k)}: {baseline_text(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}" + ("" if indent else "\n")
    line = json.dumps(value, ensure_ascii=False)
    listed = isinstance(value, list | tuple)
    rows = listed and any(isinstance(item, list) for item in value)
    if rows or (listed and len(line) > LINE and any(isinstance(item, str) for item in value)):
        return "[\n" + ",\n".join(inner + baseline_text(v, inner) for v in value) + f"\n{indent}]"
    return line
