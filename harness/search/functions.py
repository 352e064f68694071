"""Which functions of a package a subject calls, and how their sources differ between two sides."""

import ast
import contextlib
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.utils import canonicalize_name

from harness.environments.candidates import RELEASES
from harness.environments.virtual_environments import Environment
from harness.judging.bodies import NOWHERE, body_differences
from harness.observing.catalogue import watched_internals
from harness.observing.sources import UNPARSABLE, normalise_source, tree_of
from harness.search.executing import executed

SHORT = 15  # characters of a text that also something else can have
CONTEXT = 1  # lines around a changed line


@dataclass(frozen=True)
class Function:
    """A function that ran: its file below the directory of the packages, its name and source.

    `inside` says that it ran in the step or statement that is searched.
    """

    file: str
    name: str
    source: str
    inside: bool

    @cached_property
    def watched(self) -> bool:
        """Whether it is a watched internal, as far as its name says."""
        return ".".join(self.name.split(".")[-2:]) in watched_internals()


@dataclass(frozen=True, kw_only=True)
class ChangedFunction:
    """A function that ran on both sides, with another source on each."""

    old: Function
    new: Function

    @cached_property
    def told(self) -> tuple[str, ...]:
        """What users meet of the difference: errors and defaults."""
        return tuple(
            f"{kind}: {before if after == NOWHERE else after}"
            for kind, before, after in body_differences(self.old.source, self.new.source)
        )

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The unified diff of the two sources, without its head."""
        old, new = (each.source.splitlines() for each in (self.old, self.new))
        return tuple(difflib.unified_diff(old, new, n=CONTEXT, lineterm=""))[2:]

    def speaks_of(self, text: str) -> bool:
        """Whether a text names the function, or has the text of an error of one source alone."""
        old, new = (_texts(each.source) for each in (self.old, self.new))
        return self.new.name in text or any(each in text for each in old ^ new)

    def rank(self, text: str) -> tuple[bool, bool, bool, int, int]:
        """The function that tells most of the differences in `text` sorts first."""
        return (
            not self.speaks_of(text),
            not self.new.inside,
            not self.new.watched,
            -len(self.told),
            len(self.lines),
        )


@dataclass(frozen=True, kw_only=True)
class Functions:
    """The functions of `packages` that ran: those that differ, and the numbers of all others.

    `unread` is the number of functions in files that could not be read.
    """

    packages: tuple[str, ...]
    changed: tuple[ChangedFunction, ...]
    same: int
    old_alone: int
    new_alone: int
    unread: int
    ended: tuple[str, ...]  # how the script ended before its end while it was traced
    compiled: bool  # whether the packages have compiled code too

    @property
    def none_differs(self) -> bool:
        """Whether functions ran, and all of them are the same on both sides."""
        return (
            self.same > 0
            and not self.changed
            and not self.old_alone
            and not self.new_alone
            and not self.unread
        )


def functions(
    packages: Sequence[str],
    sides: tuple[Environment, Environment],
    arguments: Sequence[str | Path],
    text: str,
) -> Functions:
    """Run a script on both sides, and compare the functions of `packages` that it called.

    `arguments` are those of `executed.py` after the first; `text` are the differences of the two
    sides, which decide what comes first. Raises HarnessError if a side does not
    end, or writes nothing.
    """
    ran = [_Ran(each, packages, arguments) for each in sides]
    old, new = (_numbered(side.found) for side in ran)
    # a module that moved: the same name, which no other file has on either side
    gone = _by_name({place: each for place, each in old.items() if place not in new})
    come = _by_name({place: each for place, each in new.items() if place not in old})
    moved = {name: each for name, each in come.items() if name in gone}
    changed, same = [], 0
    met = set()
    for place, function in old.items():
        other = new.get(place) or moved.get(function.name)
        if other is None:
            continue
        met.add(id(other))
        if function.source == other.source:
            same += 1
        else:
            changed.append(ChangedFunction(old=function, new=other))
    changed.sort(key=lambda each: each.rank(text))
    return Functions(
        packages=tuple(packages),
        changed=tuple(changed),
        same=same,
        old_alone=len(old) - len(changed) - same,
        new_alone=sum(id(each) not in met for each in new.values()),
        unread=sum(each.unread for each in ran),
        ended=tuple(dict.fromkeys(each.ended for each in ran if each.ended)),
        compiled=any(each.compiled for each in ran),
    )


def _numbered(found: Iterable[Function]) -> dict[tuple[str, str, int], Function]:
    """Functions by their place; a property has several of one name in one file."""
    count: Counter[tuple[str, str]] = Counter()
    places = {}
    for each in found:
        places[each.file, each.name, count[each.file, each.name]] = each
        count[each.file, each.name] += 1
    return places


def _by_name(found: Mapping[tuple[str, str, int], Function]) -> dict[str, Function]:
    names: dict[str, Function | None] = {}
    for each in found.values():
        names[each.name] = None if each.name in names else each
    return {name: each for name, each in names.items() if each}


Defined = dict[int, tuple[str, str]]  # functions by their first line: name and source


class _Ran:
    """The functions that ran on one side."""

    def __init__(
        self, environment: Environment, packages: Sequence[str], arguments: Sequence[str | Path]
    ) -> None:
        self._packages = environment.packages or environment.directory
        self._defined: dict[str, Defined | None] = {}
        self.unread = 0
        self.found: list[Function] = []
        installed = [file for each in packages for file in self._files(each)]
        self.compiled = any(".so" in Path(file).suffixes for file in installed)
        mine = {file.partition("/")[0] for file in installed}
        ran = executed(environment, arguments)
        self.ended = ran.ended
        for file, line, inside in ran.calls:
            if file.partition("/")[0] not in mine:
                continue
            defined = self._sources(file)
            if defined is None:
                self.unread += 1
            elif line in defined:  # others are modules, classes, and functions without a name
                self.found.append(Function(file, *defined[line], inside))

    def _files(self, package: str) -> Iterator[str]:
        for record in self._packages.glob("*.dist-info/RECORD"):
            name = canonicalize_name(record.parent.name.partition("-")[0])
            if RELEASES.get(name, name) != package:
                continue
            for line in record.read_text(encoding="utf-8").splitlines():
                yield line.rsplit(",", 2)[0].strip('"')

    def _sources(self, file: str) -> Defined | None:
        """The functions of a file by their first line, decorators included: name and source.

        None if it cannot be read.
        """
        if file not in self._defined:
            self._defined[file] = None
            with contextlib.suppress(OSError, *UNPARSABLE):
                text = (self._packages / file).read_text(encoding="utf-8")
                self._defined[file] = dict(_functions_of(ast.parse(text), text.splitlines(), ""))
        return self._defined[file]


def _texts(source: str) -> set[str]:
    """The longer literal texts of a source, as errors have them."""
    try:
        tree = tree_of(source)
    except UNPARSABLE:
        return set()
    found = {
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    return {line.strip() for each in found for line in each.splitlines() if len(line) > SHORT}


def _functions_of(
    tree: ast.AST, lines: list[str], within: str
) -> Iterator[tuple[int, tuple[str, str]]]:
    for node in ast.iter_child_nodes(tree):
        name = within
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{within}.{node.name}" if within else node.name
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            source = "\n".join(lines[first - 1 : node.end_lineno])
            yield first, (name, normalise_source(source))
        yield from _functions_of(node, lines, name)
