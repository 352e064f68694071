"""Baselines of plain scripts: the accepted trace of a script on a target, as text for a reviewer.

Each script has a directory beside it with a JSON file for each target,
`baselines/SCRIPT/TARGET.json`, which has the statements in their order, each with its result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from harness.base.errors import BaselineError
from harness.base.loading import Layout, Name, Natural
from harness.observing.baselines import StoredResult, baseline_text, plain_result
from harness.observing.records import Statement
from harness.observing.scripts import StatementResult, Trace

SCHEMA_VERSION = 1
REMEDY = (
    "`git checkout` restores a committed baseline, and `state-harness check --force-regen` makes "
    "it again"
)


def script_baseline(script: Path, target: str) -> Path:
    """The file with the baseline of a script on a target."""
    return script.parent / "baselines" / script.stem / f"{target}.json"


def trace_text(trace: Trace) -> str:
    """The text of a baseline, from which `load_trace` reads the same trace."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "target": trace.target,
        "distributions": dict(sorted(trace.distributions.items())),
        "statements": {
            each.name: _plain(each, trace.results.get(each.name)) for each in trace.statements
        },
    }
    return baseline_text(document)


def load_trace(path: Path) -> Trace:
    """Read a baseline. Raises BaselineError, which names the file and the fault."""
    stored = LAYOUT.load(path)
    if stored.target != path.stem:
        raise BaselineError(f"{path}: is the baseline of {stored.target!r}; {REMEDY}")
    statements = {name: each.statement(name) for name, each in stored.statements.items()}
    return Trace(
        target=stored.target,
        distributions=stored.distributions,
        statements=tuple(statements.values()),
        results={
            name: each.result.of_statement(path, name)
            for name, each in stored.statements.items()
            if each.result
        },
        readable=any(each.source for each in statements.values()),
    )


class _StoredResult(StoredResult, frozen=True, kw_only=True):
    texts: Mapping[Name, str] = msgspec.field(default_factory=dict)
    facts: Mapping[Name, str] = msgspec.field(default_factory=dict)
    printed: tuple[str, ...] = ()
    unsteady: tuple[Name, ...] = ()

    def of_statement(self, path: Path, name: str) -> StatementResult:
        return StatementResult(
            result=self.result(path, name),
            texts=self.texts,
            facts=self.facts,
            printed="\n".join(self.printed),
            unsteady=frozenset(self.unsteady),
        )


@dataclass(frozen=True, kw_only=True)
class _StoredStatement:
    """A statement, its texts as lines; `result` is None if the script did not reach it."""

    within: str = ""  # of a named step
    line: Natural
    source: tuple[str, ...] = ()
    binds: tuple[Name, ...] = ()
    reads: tuple[Name, ...] = ()
    result: _StoredResult | None = None

    def statement(self, name: str) -> Statement:
        source = "\n".join(self.source)
        return Statement(
            name=name,
            line=self.line,
            source=source,
            binds=self.binds,
            reads=self.reads,
            within=self.within,
        )


@dataclass(frozen=True, kw_only=True)
class _TraceFile:
    schema_version: int
    target: Name
    distributions: Mapping[Name, str]
    statements: Mapping[Name, _StoredStatement]


LAYOUT = Layout(
    content=_TraceFile,
    title="a baseline of a script",
    error=BaselineError,
    way_out=REMEDY,
    version=SCHEMA_VERSION,
)


def _plain(statement: Statement, result: StatementResult | None) -> dict[str, Any]:
    plain: dict[str, Any] = {"within": statement.within} if statement.within else {}
    plain["line"] = statement.line
    plain["source"] = _lines(statement.source)
    plain.update(binds=list(statement.binds), reads=list(statement.reads))
    if result is not None:
        plain["result"] = _without_empty(
            **plain_result(result.result),
            texts=dict(result.texts),
            facts=dict(result.facts),
            printed=_lines(result.printed),
            unsteady=sorted(result.unsteady),
        )
    return _without_empty(**plain)


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _without_empty(**fields: Any) -> dict[str, Any]:
    """The fields but for empty lists and mappings; `result` may be empty, and is kept."""
    return {k: v for k, v in fields.items() if v not in ([], {}) or k == "result"}
