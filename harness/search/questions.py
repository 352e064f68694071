"""What a witness asks: the observation that differs, as a program, and what each side shows. Pure.

What both sides show was told by the subject of a search, as for `bisect`.
"""

import ast
import hashlib
import json
import tokenize
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.base.errors import UncheckedError, UsageError
from harness.base.project import SCENARIOS
from harness.environments.extras import Extras
from harness.judging.compare import compare
from harness.judging.differences import Difference, Sort, differences_of
from harness.observing.records import Array, Internal, Statement
from harness.observing.results import Result
from harness.observing.scripts import ERROR, StatementResult, Trace
from harness.observing.snapshots import Snapshot
from harness.search import slicing
from harness.search.catalogue_subjects import InternalSubject, ScenarioSubject
from harness.search.inlining import of_script
from harness.search.script_subject import ScriptSubject
from harness.search.slicing import FOUND, MARK
from harness.search.subjects import Attributable, Seen

TOLD = "as expected", "otherwise"
SAME, OTHER, NO_ERROR = "the expected values", "other values", "no error"
NOT_ALWAYS = "a side does not do the same in each run, which one run of a script cannot tell"
NO_ARRAY = "no array that both sides have differs"
BLOCKS = (ast.For, ast.While, ast.With)  # whose statements are observed one by one
DIGITS = 16  # of a digest
VARIANT = "fixed"  # the one that draws no random numbers
TRUE, FALSE = (Array(dtype="bool", shape=(), values=(each,)) for each in (True, False))


@dataclass(frozen=True, kw_only=True)
class Question:
    """A program with one observation, and what both sides show there: an error, or one value.

    The value has the name `found`; without it, only whether there is an error is asked. `said` are
    both sides for people, where the program itself tells them apart.
    """

    program: ast.Module
    old: Result
    new: Result
    said: tuple[str, str] = ("", "")

    @property
    def asks_for_values(self) -> bool:
        return FOUND in self.old.arrays

    @property
    def constants(self) -> int:
        return sum(isinstance(each, ast.Constant) for each in ast.walk(self.program))

    @property
    def answers(self) -> tuple[str, str]:
        """What the script finds on the old and on the new side, each in a word or two."""
        same, other = (SAME, OTHER) if self.asks_for_values else (NO_ERROR, NO_ERROR)
        if any(self.said):
            same, other = TOLD
        return (
            self.old.error.type if self.old.error else same,
            self.new.error.type if self.new.error else other,
        )

    def without_values(self) -> "Question":
        """Whether there is an error, and nothing more."""
        old, new = (replace(each, arrays={}) for each in (self.old, self.new))
        return replace(
            self, program=slicing.observing(self.program, lambda _: None), old=old, new=new
        )


def require_observation(subject: Attributable[Any]) -> None:
    """Raise UsageError for a subject that is not one observation, or no script of its own."""
    name = subject.name
    if isinstance(subject, ScenarioSubject) and not subject.step:
        raise UsageError(f"{name!r}: name one of its steps, as {name}:STEP")
    if isinstance(subject, ScriptSubject):
        if not subject.line:
            raise UsageError(f"{name!r}: name the line of a statement, as {name}:LINE")
        if subject.script.arguments or subject.extras != Extras(python=subject.extras.python):
            raise UsageError(
                f"{name!r}: a witness stands alone: leave out arguments, and packages besides "
                "those of the target"
            )
    elif not isinstance(subject, ScenarioSubject | InternalSubject):
        raise UsageError(f"{name}: a witness is for a step, a statement or an internal")


def question(subject: Attributable[Any], old: Seen[Any], new: Seen[Any]) -> Question:
    """What a witness of a subject asks, which is one observation.

    Raises UncheckedError if both sides do the same there, or differ in a way that no script tells.
    """
    if not subject.differences(old, new):
        raise UncheckedError(
            f"{subject.name!r}: {old.record.target} and {new.record.target} do the same; a witness "
            "needs both sides of a window, which `bisect` finds"
        )
    if isinstance(subject, ScenarioSubject):
        return _of_scenario(subject, old, new)
    if isinstance(subject, ScriptSubject):
        return _of_script(subject, old, new)
    if isinstance(subject, InternalSubject):
        return _of_internal(subject, old, new)
    raise TypeError(subject.name)


def _of_scenario(subject: ScenarioSubject, old: Seen[Snapshot], new: Seen[Snapshot]) -> Question:
    pair = _differing(subject, old, new)
    results = [each.value.steps.get(pair, {}).get(subject.step) for each in (old, new)]
    if None in results:
        raise UncheckedError(f"{subject.name!r}: only one side has this step; there is no witness")
    before, after = (each for each in results if each)
    _refuse_what_no_script_tells(subject.name, before, after)
    name = _array(before, after, subject)
    arrays: Mapping[str, Sequence[object]] = json.loads(
        (SCENARIOS / "fixed.json").read_text(encoding="utf-8")
    )
    source = subject.script.read_text(encoding="utf-8")
    program = slicing.of_scenario(source, pair[1], subject.step, arrays)
    see = slicing.array_of(name) if name else lambda _: None
    return Question(
        program=slicing.sliced(slicing.observing(program, see)),
        old=_seen(before, name),
        new=_seen(after, name),
    )


def _differing(
    subject: ScenarioSubject, old: Seen[Snapshot], new: Seen[Snapshot]
) -> tuple[str, str]:
    """The scenario and the variant in which a step differs, `fixed` before the others."""
    every = {*old.value.steps, *new.value.steps}
    pairs = sorted(every, key=lambda pair: (pair[1] != VARIANT, pair))
    alone = ([_only(each, pair) for each in (old, new)] for pair in pairs)
    differing = (
        pair for pair, sides in zip(pairs, alone, strict=True) if subject.differences(*sides)
    )
    return next(differing, pairs[0])


def _only(seen: Seen[Snapshot], pair: tuple[str, str]) -> Seen[Snapshot]:
    steps = {each: steps for each, steps in seen.value.steps.items() if each == pair}
    return replace(seen, value=replace(seen.value, steps=steps))


def _refuse_what_no_script_tells(name: str, old: Result, new: Result) -> None:
    if any(each.error and not each.reproducible for each in (old, new)):
        raise UncheckedError(f"{name!r}: {NOT_ALWAYS}")
    if old.error and new.error and old.error.type == new.error.type:
        raise UncheckedError(
            f"{name!r}: both sides raise {old.error.type}, with another text; a witness tells "
            "types of errors apart, and values"
        )


def _array(old: Result, new: Result, subject: ScenarioSubject) -> str:
    """The name of the array that differs most, or that the old side alone has; empty for none."""
    if old.error:
        return ""
    if new.error:
        steady = [name for name, array in old.arrays.items() if array.values is not None]
        return "output" if "output" in steady else next(iter(steady), "")
    far = compare(old, new, subject.criteria.tolerances).arrays
    both = [name for name in old.arrays if name in new.arrays]
    other = [n for n in both if n in far or old.arrays[n].shape != new.arrays[n].shape]
    other += [n for n in both if old.arrays[n].dtype != new.arrays[n].dtype]
    steady = [n for n in other if all(each.arrays[n].values is not None for each in (old, new))]
    if not steady:
        why = NO_ARRAY if old.reproducible and new.reproducible else NOT_ALWAYS
        raise UncheckedError(f"{subject.name!r}: {why}")
    return steady[0]


def _seen(result: Result, name: str) -> Result:
    arrays = {FOUND: result.arrays[name]} if name in result.arrays else {}
    return replace(result, arrays=arrays, noise={}, reproducible=True)


def _of_script(subject: ScriptSubject, old: Seen[Trace], new: Seen[Trace]) -> Question:
    statements = {each.name: each for each in old.value.statements}
    source = _source(subject)
    heads = {each.lineno for each in ast.walk(ast.parse(source)) if isinstance(each, BLOCKS)}
    inner = [e for e in statements.values() if e.line == subject.line and not e.is_step][:1]
    here = [_whole(each, statements, heads) for each in inner]
    results = [each.value.results.get(one.name) for each in (old, new) for one in here]
    if len(results) < 2 or None in results:
        raise UncheckedError(f"{subject.name!r}: only one side reaches this line")
    before, after = (each for each in results if each)
    if any(ERROR in side.unsteady for side in (before, after)):
        raise UncheckedError(f"{subject.name!r}: {NOT_ALWAYS}")
    program = of_script(source, *_lines(here[0], statements))
    found = list(differences_of(before, after, subject.tolerances))
    for each in sorted(found, key=lambda each: list(Sort).index(each.sort)):
        asked = _asked(program, each, before, after)
        if asked is not None:
            return replace(asked, program=slicing.sliced(asked.program))
    raise UncheckedError(
        f"{subject.name!r}: {'; '.join(map(str, found))}: this is not of a kind that a script "
        "tells; name a line whose values or errors differ"
    )


def _whole(
    statement: Statement, every: Mapping[str, Statement], heads: Collection[int]
) -> Statement:
    """The outermost loop or `with` block around a statement: a program has a block as a whole.

    `heads` are the lines in which blocks begin. The statement itself, if there is none.
    """
    whole, around = statement, every.get(statement.within)
    while around is not None:
        whole = around if around.line in heads else whole
        around = every.get(around.within)
    return whole


def _lines(statement: Statement, every: Mapping[str, Statement]) -> list[int]:
    """The line of a statement, after those of the statements within which it ran."""
    around = every.get(statement.within)
    return [*(_lines(around, every) if around else ()), statement.line]


def _source(subject: ScriptSubject) -> str:
    """The source of a script. Raises UncheckedError if a witness cannot be made of it."""
    try:
        with tokenize.open(subject.script.path) as stream:
            source = stream.read()
        names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UncheckedError(
            f"{subject.name!r}: the Python of the harness cannot read the script: {error}"
        ) from error
    if taken := sorted(names & {"step", "see"}):
        raise UncheckedError(
            f"{subject.name!r}: the script has the name {taken[0]!r}, which a witness needs for "
            "itself: rename it"
        )
    return source


def _asked(
    program: ast.Module, difference: Difference, old: StatementResult, new: StatementResult
) -> Question | None:
    """A question for one difference of a statement; None if a script cannot ask for it."""
    path, value = difference.name, _expression(difference.name)
    if difference.sort is Sort.ERROR:
        path, value = "", None
    elif difference.sort is Sort.PRINTED:
        return _told(slicing.printing(program, old.printed), (old.printed, new.printed))
    elif value is None:
        return None
    elif difference.sort is Sort.TEXT and path in old.texts and path in new.texts:
        text = ast.Call(ast.Name("str", ast.Load()), [value], [])
        same = ast.Compare(text, [ast.Eq()], [ast.Constant(old.texts[path])])
        texts = (old.texts[path], new.texts[path])
        return _told(slicing.observing(program, lambda _: same), texts)
    elif path not in old.result.arrays or path not in new.result.arrays:
        return None
    return Question(
        program=slicing.observing(program, lambda _: value),
        old=_seen(old.result, path),
        new=_seen(new.result, path),
    )


def _expression(path: str) -> ast.expr | None:
    """The expression for the path of a value; None for another name, such as `x (mean)`."""
    try:
        value = ast.parse(path, mode="eval").body
    except SyntaxError:
        return None
    return None if any(isinstance(each, ast.Call) for each in ast.walk(value)) else value


def _of_internal(subject: InternalSubject, old: Seen[Snapshot], new: Seen[Snapshot]) -> Question:
    """Whether a function is there, takes the arguments of the old side, or has its source."""
    class_name, _, name = subject.name.partition(".")
    where = f"tf.keras.{'' if class_name == 'Model' else 'layers.'}{class_name}"
    before, after = (_internal(subject.name, each) for each in (old, new))
    function, lines = f"{where}.{name}", ["import tensorflow as tf"]
    if before.present != after.present:
        same = f"hasattr({where}, {name!r}) is {before.present}"
        said = [("it is there" if each.present else "it is not there") for each in (before, after)]
    elif before.parameters and after.parameters and _names(before) != _names(after):
        lines.insert(0, "import inspect")
        same = f"list(inspect.signature({function}).parameters) == {_names(before)}"
        said = [f"it takes {', '.join(_names(each))}" for each in (before, after)]
    elif before.source and after.source:
        lines = ["import hashlib", "import inspect", *lines]
        lines.append(f"source = inspect.getsource(inspect.unwrap({function}))")
        digests = [_digest(seen, each) for seen, each in ((old, before), (new, after))]
        same = f"hashlib.sha256(source.encode()).hexdigest()[:{DIGITS}] == {digests[0]!r}"
        said = [f"its source has the digest {each}" for each in digests]
    else:
        raise UncheckedError(
            f"{subject.name}: {'; '.join(subject.differences(old, new))}: a witness is for the "
            "presence, the arguments and the source of a function"
        )
    lines += [f"with step({MARK!r}) as see:", f"    see({FOUND}={same})"]
    return _told(ast.parse("\n".join(lines)), (said[0], said[1]))


def _digest(seen: Seen[Snapshot], internal: Internal) -> str:
    text = seen.record.sources[internal.source or ""]
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _internal(name: str, seen: Seen[Snapshot]) -> Internal:
    return next(each for each in seen.record.internals if each.name == name)


def _names(internal: Internal) -> list[str]:
    return [each.name for each in internal.parameters or ()]


def _told(program: ast.Module, said: tuple[str, str]) -> Question:
    """A question that the program itself answers: whether it finds what the old side shows."""
    old, new = (Result(arrays={FOUND: each}) for each in (TRUE, FALSE))
    return Question(program=program, old=old, new=new, said=said)
