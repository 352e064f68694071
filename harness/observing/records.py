"""Records: all observations of one run of the probe on one target.

A record is a JSON document with a `schema_version`; the classes mirror it. Facts only, no verdicts.
"""

import datetime
import enum
import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from packaging.version import Version

from harness.base.errors import RecordError
from harness.base.files import write_whole
from harness.base.loading import (
    FilePart,
    Layout,
    Name,
    Natural,
    Shape,
    refuse_deep,
    refuse_odd_moments,
)
from harness.base.packages import RELEASED
from harness.base.words import agreeing, counted

SCHEMA_VERSION = 1

FIRST_YEAR = 2019  # the year of TensorFlow 2.0; no record is older
TIME_OUT = "TimeOut"  # the type of the failure after a time-out of the probe
WATCH = "internals"  # the name of the watched internals among those of scenarios
INTERNAL = re.compile(r"\w+\.\w+")  # the name of an internal: its class and attribute

Number = float | int | bool | str  # 'nan', 'inf' and '-inf' are strings


@dataclass(frozen=True, kw_only=True)
class Array:
    """dtype, shape, and values in C order; `values` is None if they differ from run to run."""

    dtype: str
    shape: Shape
    values: tuple[Number, ...] | None

    @property
    def floats(self) -> list[float]:
        return list(map(float, self.values or ()))

    @functools.cached_property
    def mean(self) -> float | None:
        """The correctly rounded mean in float64; NaN if not finite, None without values."""
        floats = self.floats
        if not floats:
            return None
        try:
            total = math.fsum(floats)
        except (OverflowError, ValueError):  # the second for infinities of both signs
            return math.nan
        return total / len(floats) if math.isfinite(total) else math.nan

    @functools.cached_property
    def fault(self) -> str:
        """The reason why the array of a record is not sound; empty if it is."""
        if self.values is None:  # only in results
            return "it has no values"
        try:
            count = len(self.floats)
        except (ValueError, OverflowError) as error:
            return str(error)
        if count != math.prod(self.shape):
            values = f"{counted(count, 'value')} {agreeing(count, 'do')}"
            return f"{values} not fill the shape {self.shape}"
        return ""


if TYPE_CHECKING:
    Arrays = Mapping[Name, Array]
else:  # the loader keeps the text, since most runs and releases have the same, which is read once
    Arrays = msgspec.Raw


@functools.cache
def _read_arrays(text: bytes) -> Mapping[Name, Array]:
    try:
        return msgspec.json.decode(text, type=dict[Name, Array])
    except msgspec.ValidationError as error:
        # the loader adds the place of the step
        raise ValueError(str(error).replace("`$", "`arrays")) from error


@dataclass(frozen=True, kw_only=True)
class Error:
    """The error of a step: in a record the original message, with a traceback."""

    type: str
    message: str
    traceback: str = ""

    @property
    def is_success(self) -> bool:
        """Whether it is that of `sys.exit()` or `sys.exit(0)`, as at the end of a script."""
        return self.type == "SystemExit" and self.message in ("", "0", "None", "False")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement of a plain script: its name as a step, its first line, its source, and the names
    of the variables that it binds, and that it and the functions it names read.

    A statement of a function that runs once is `within` the statement that calls the function; a
    variable of such a function has a name such as `main.model`. A statement of a loop or a `with`
    block is `within` the block. Or a named step of the script, which ran `within` a statement; its
    source is its body.
    """

    name: Name
    line: Natural
    source: str
    binds: tuple[Name, ...]
    reads: tuple[Name, ...]
    within: str = ""

    @property
    def is_step(self) -> bool:
        """Whether the script itself has given the name."""
        return self.name.startswith("step ")

    @property
    def names(self) -> set[str]:
        """The names that it binds and reads, those of a function as the function has them."""
        return {each.rpartition(".")[2] for each in (*self.binds, *self.reads)}

    def variable(self, name: str) -> str:
        """The variable for which a name stands in this statement, whose own variables are first."""
        every = (*self.binds, *self.reads)
        return next((each for each in every if each.endswith(f".{name}")), name)


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """The observation of a step: its named arrays, or its error.

    For a statement of a plain script, the arrays are those in the names that it bound or changed,
    each by a path such as `layer.states[0]`, also if it raised; `texts` are the other values by
    such paths; `facts` are circumstances, such as the configuration of a layer; `printed` is what
    the process wrote to its standard output, and `warned` are its warnings. A named step of such a
    script has a `place`.
    """

    step: Name
    arrays: Arrays = msgspec.field(default_factory=dict)
    error: Error | None = None
    seconds: float = 0.0
    texts: Mapping[Name, str] = msgspec.field(default_factory=dict)
    facts: Mapping[Name, str] = msgspec.field(default_factory=dict)
    printed: str = ""
    warned: tuple[str, ...] = ()
    place: Statement | None = None

    def __post_init__(self) -> None:
        if isinstance(self.arrays, msgspec.Raw):
            msgspec.structs.force_setattr(self, "arrays", _read_arrays(bytes(self.arrays)))


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one scenario and variant in a separate process, and its end."""

    scenario: Annotated[FilePart, msgspec.Meta(min_length=1)]
    variant: FilePart
    number: Natural
    end: Literal["completed", "crashed", "timed out", "broken"]
    detail: str | None
    unfinished_step: str | None
    seconds: float | None
    observations: tuple[Observation, ...]


class Why(enum.StrEnum):
    """Why a scenario was run once, or again, after its first run was held against its baseline."""

    EQUALS = "equals its baseline"
    DIFFERS = "differs from its baseline"
    NOT_REPRODUCIBLE = "accepted as not reproducible"
    NO_BASELINE = "no baseline"


@dataclass(frozen=True, kw_only=True)
class RunCount:
    """How often a scenario and variant was to be run in all, and why."""

    scenario: Annotated[FilePart, msgspec.Meta(min_length=1)]
    variant: FilePart
    runs: Natural
    why: Why


@dataclass(frozen=True, kw_only=True)
class Parameter:
    name: str
    kind: str
    default: str | None


@dataclass(frozen=True, kw_only=True)
class Internal:
    """A watched attribute of Keras.

    `kind` is for example method, property, class method, or alias of another attribute; `owner` is
    the defining class with its module; `source` is a key of the record's `sources`; `reason` is
    the error that prevented an inspection.
    """

    name: str
    present: bool
    reason: str | None = None
    kind: str | None = None
    owner: str | None = None
    value_type: str | None = None
    parameters: tuple[Parameter, ...] | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A stretch of equal consecutive calls of a watched method: `times` is their number.

    `mode` is stateless or stateful, with or without initial_state. The arguments are described by
    their types, dtypes and shapes.
    """

    mode: str
    phase: str
    callee: str
    caller: str
    positional: tuple[object, ...]
    keywords: Mapping[str, object]
    times: Natural


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The reason why a record has no observations: an error or the end of the probe."""

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The software and the machine of a run, as the probe found them."""

    tensorflow: str
    keras: str
    numpy: str
    python: str
    executable: str
    platform: str
    machine: str
    cpu: Mapping[str, int | str | list[str] | None]
    threads: Mapping[str, int | None]
    onednn: str
    hash_seed: str
    variables: Mapping[str, str]
    distributions: Mapping[Name, str]


@dataclass(frozen=True, kw_only=True)
class Record:
    """All observations of one run of the probe on one target. Durations are in seconds.

    `left_out` are the scenarios that were not to be run, and `internals` if those were not.
    `run_counts` is empty if all was to be run equally often, as the command line said.
    """

    schema_version: int
    target: str
    lock_sha256: str | None
    started: str
    failure: Failure | None
    environment: Surroundings | None
    internals: tuple[Internal, ...]
    sources: Mapping[str, str]
    calls: tuple[Call, ...]
    layers: Mapping[Name, Mapping[str, object]]
    internals_failure: str | None
    runs: tuple[Run, ...]
    seconds: Mapping[str, float]
    statements: tuple[Statement, ...] = ()  # of a plain script
    left_out: tuple[Name, ...] = ()
    run_counts: tuple[RunCount, ...] = ()


def save_record(record: Record, path: Path) -> None:
    """Write a record completely or not at all."""
    write_whole(path, msgspec.json.encode(record))


def load_record(path: Path) -> Record:
    """Read a record. Raises RecordError, which names the file and the fault."""
    return LAYOUT.load(path)


def started_at(record: Record) -> datetime.datetime:
    """The time at which a record was started."""
    return parse_time(record.started)


def parse_time(text: str) -> datetime.datetime:
    """A time in ISO format, UTC unless it has an offset. Raises ValueError."""
    found = datetime.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _check(record: Record) -> None:
    """Check that the parts of a record fit together. Raises ValueError."""
    refuse_odd_moments(started_at(record))
    if started_at(record).year < FIRST_YEAR:
        raise ValueError(f"its start {record.started} is before {FIRST_YEAR}")
    for call in record.calls:
        refuse_deep([*call.positional, *call.keywords.values()])
    refuse_deep(record.layers)
    for run in record.runs:
        for observation in run.observations:
            for name, array in observation.arrays.items():
                if array.fault:
                    place = f"{run.scenario} / {run.variant}, {observation.step}, {name}"
                    raise ValueError(f"{place}: {array.fault}")
    for internal in record.internals:
        if not INTERNAL.fullmatch(internal.name):
            raise ValueError(f"the internal {internal.name!r} is not a class and its attribute")
    installed = record.environment.distributions if record.environment else {}
    for name in installed.keys() & RELEASED.keys():
        Version(installed[name])


LAYOUT = Layout(
    content=Record,
    title="a record",
    error=RecordError,
    way_out="run the target again",
    version=SCHEMA_VERSION,
    check=_check,
)
