"""The deprecations of which a plain script was warned, and what came of them later. Pure.

Only what the warnings say and what the traces show; what a release does that was not tried, and
whether an error comes from what is deprecated, is not told.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.observing.messages import ADDRESS
from harness.observing.records import Statement
from harness.observing.scripts import Trace, all_statements

DEPRECATED = re.compile(r"deprecat|will be removed|slated for removal", re.IGNORECASE)
# `removed in Keras 4`, `removal in Python 3.12`, `removed after 2021-01-01`; a future version and
# other numbers of the sentence are no release
REMOVED = re.compile(
    r"\b(?i:removed|removal|dropped|gone) (?i:in|after|from|by|with|on|as of|as early as) "
    r"(?:(?i:the|version|release|tensorflow|keras|python|numpy) ){0,3}v?\d+(?:[.-]\d+)*"
)
PLACE = re.compile(r"\bFrom \S+\.py:\d+: ")  # a file and line, which differ between targets
LENGTH = 300  # characters of a warning


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What happens to the statement on a target where the one before it gave the warning.

    `raises` is the error; empty: it no longer warns, or it is not `reached`.
    """

    target: str
    raises: str = ""
    reached: bool = True

    def __str__(self) -> str:
        if self.raises:
            return f"raises {self.raises}"
        return "no longer gives this warning" if self.reached else "is not reached"


@dataclass(frozen=True, kw_only=True)
class Deprecation:
    """A warning that a statement gives on some targets.

    `removed` is the release or the day that the warning itself names, such as `removed in Keras 4`;
    empty if it names none. `outcomes` are in the order of the targets; none: all the targets after
    one that warns do so too.
    """

    statement: Statement
    text: str
    targets: tuple[str, ...]
    removed: str
    outcomes: tuple[Outcome, ...]


def warned_of(trace: Trace) -> Iterator[tuple[str, str]]:
    """The deprecations of which a target warns: the name of the statement, and the text.

    The text is without places of files and addresses, which differ between targets.
    """
    for name, result in trace.results.items():
        for warning in result.warned:
            if DEPRECATED.search(warning):
                text = ADDRESS.sub("0x...", PLACE.sub("", " ".join(warning.split())))
                yield name, text[:LENGTH]


def deprecations(
    traces: Mapping[str, Trace], pairs: Sequence[tuple[str, str | None]]
) -> Iterator[Deprecation]:
    """All deprecations, in the order of the script; `pairs`: each target and the one before."""
    warn: dict[tuple[str, str], list[str]] = {}  # the targets, by statement and text
    anywhere: dict[str, set[str]] = {}  # the targets, by text, at whatever statement
    for target, trace in traces.items():
        for name, text in dict.fromkeys(warned_of(trace)):
            warn.setdefault((name, text), []).append(target)
            anywhere.setdefault(text, set()).add(target)
    for statement in all_statements(list(traces.values())):
        for (name, text), targets in warn.items():
            if name == statement.name:
                said = REMOVED.search(text)
                yield Deprecation(
                    statement=statement,
                    text=text,
                    targets=tuple(targets),
                    removed=said[0] if said else "",
                    outcomes=tuple(_outcomes(name, anywhere[text], traces, pairs)),
                )


def _outcomes(
    name: str,
    warn: set[str],
    traces: Mapping[str, Trace],
    pairs: Sequence[tuple[str, str | None]],
) -> Iterator[Outcome]:
    """The first targets after one of `warn` that do not warn, and the first after it that raise."""
    quiet: set[str] = set()  # targets after one that warns, none of which has raised yet
    for target, before in pairs:
        if target in warn or before not in warn | quiet:
            continue
        result = traces[target].results.get(name)
        raises = result.result.raised if result and result.result.error else ""
        if raises or before in warn:
            yield Outcome(target=target, raises=raises, reached=result is not None)
        if not raises:
            quiet.add(target)
