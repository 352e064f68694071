"""The script of a witness, and the text for an issue. Pure."""

import ast
import copy
import io
import json
import math
import re
import sys
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from harness.base.words import listed
from harness.environments.targets import Target
from harness.observing.records import Array
from harness.observing.results import Result
from harness.search.answer import MOST
from harness.search.names import bound, read
from harness.search.questions import NO_ERROR, OTHER, SAME, TOLD, Question
from harness.search.slicing import FOUND, markers

LINES = 40  # of a script, blank ones apart
WIDTH = 99  # of a line
NUMBERS = 12  # of an array that a script compares
ORACLE = "**The oracle**, a computation in float64 apart from Keras:"
VALUE = "value"  # the name of what is observed
ABSOLUTE = 1e-5  # the tolerance, unless both sides are closer
DEFINED = re.compile(r"^(@|(async )?def |class )")
SAYS = "found:"  # the start of the last line that a script prints
NEITHER = "values of neither side"
WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
FRAGMENT = 60  # characters of a message
CANNOT_TELL = 125  # an exit code, as git bisect has it
HOOK = f"sys.excepthook = lambda *error: (sys.__excepthook__(*error), sys.exit({CANNOT_TELL}))"


@dataclass(frozen=True, kw_only=True)
class Pins:
    """What the environment of a script must have: all that its metadata says."""

    target: Target
    requirements: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The metadata block, as PEP 723 defines it."""
        target = self.target
        yield "# /// script"
        yield f'# requires-python = "=={target.python}.*"'
        yield f"# dependencies = {json.dumps(list(self.requirements))}"
        settings = {
            "exclude-newer": f"{target.as_of}T23:59:59Z" if target.locked else None,
            "prerelease": "allow" if target.prereleases else None,
            "override-dependencies": [f"{e}; python_version < '0'" for e in target.without],
        }
        said = [f"# {name} = {json.dumps(value)}" for name, value in settings.items() if value]
        yield from ["# [tool.uv]", *said] if said else []
        yield "# ///"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the text for an issue is made of; of each pair the first is of the old side.

    `versions` are the rows of packages with both versions, `packages` those that differ, `judged`
    what the oracle says of both, and `culprit` the lines on the packages to blame.
    """

    name: str
    asked: Question
    window: tuple[str, str]
    sides: tuple[str, str]
    versions: tuple[tuple[str, str, str], ...]
    packages: tuple[str, ...]
    judged: tuple[str, ...]
    culprit: tuple[str, ...]
    pins: tuple[Pins, Pins]
    scripts: tuple[str, str]


def script_text(
    asked: Question, pins: Pins, sides: tuple[str, str], variables: Mapping[str, str]
) -> str:
    """The script that exits with 0 if it finds what the old side shows, with 1 for the new side.

    `sides` names both, and `variables` are environment variables that it sets first.
    """
    body = _standing_alone(asked)
    names = {name for each in body for name in read(each)}
    modules = [*(["os"] if variables else []), "sys"]
    modules += [each for each in ("contextlib", "io") if each in names]
    standard, imported = [f"import {each}" for each in modules], []
    if "np" in names and not any("np" in bound(each) for each in body):
        imported.append("import numpy as np")
    while body and isinstance(body[0], ast.Import | ast.ImportFrom):
        is_standard = (_modules(body[0]) or [""])[0] in sys.stdlib_module_names
        (standard if is_standard else imported).append(ast.unparse(body.pop(0)))
    sets = [f"os.environ[{json.dumps(n)}] = {json.dumps(v)}" for n, v in variables.items()]
    blocks = [
        "\n".join([*pins.lines(), *_docstring(*sides), *sorted(standard)]),
        "\n".join(sets),
        HOOK,  # before TensorFlow is imported, which may fail
        "\n".join(imported),
        "\n".join(
            f"\n\n{each}\n\n" if DEFINED.search(each) else each for each in map(ast.unparse, body)
        ),
    ]
    text = re.sub(r"\n{3,}", "\n\n\n", "\n\n".join(filter(None, blocks)))
    return "\n".join(part for line in text.splitlines() for part in _wrapped(line)) + "\n"


def _docstring(old: str, new: str) -> list[str]:
    text = f'"""Exit code 0: as with {old}; 1: as with {new}; {CANNOT_TELL}: cannot tell.'
    lines = textwrap.wrap(text, WIDTH)
    return [f'{text}"""'] if len(text) <= WIDTH - 3 else [*lines, '"""']


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    names = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [e.name for e in node.names]
    )
    return [each.split(".")[0] for each in names]


def length(text: str) -> int:
    """The lines of a script, without blank ones."""
    return sum(1 for line in text.splitlines() if line.strip())


def said(printed: str) -> str:
    """What a script says that it has found; empty if it says nothing."""
    line = next(reversed(printed.strip().splitlines()), "")
    return line.removeprefix(SAYS).strip() if line.startswith(SAYS) else ""


def _standing_alone(asked: Question) -> list[ast.stmt]:
    """The statements of the program, with the check in place of the observation."""
    made = copy.deepcopy(asked.program)
    if made.body[-1] not in markers(made):  # it is reached in a loop, or in a function
        made.body += ast.parse(f"sys.exit({CANNOT_TELL})").body
    for marker in markers(made):
        checked = ast.parse(_check(asked)).body
        observed = [_Value().visit(each) for each in marker.body]
        if isinstance(checked[0], ast.Try):
            checked[0].body = observed
            observed = []
        marker.body = [*observed, *checked]
    made = _Standing().visit(made)
    body: list[ast.stmt] = ast.fix_missing_locations(made).body
    return body


def _check(asked: Question) -> str:
    """The statements that compare what was observed, and exit.

    A comparison is made outside of the observed statements: its own errors say nothing of them.
    """
    old, new = asked.answers
    found = [f"found = {NO_ERROR!r}"]
    if any(asked.said):
        found = [f"found = {TOLD[0]!r} if {VALUE} else {TOLD[1]!r}"]
    elif asked.asks_for_values:
        found = _comparison(asked.old.arrays[FOUND], asked.new.arrays.get(FOUND))
    errors = [each.error for each in (asked.old, asked.new) if each.error]
    if errors:
        texts = {each.type: _fragment(each.message) for each in errors}
        name = [
            "print(error)",
            "found = type(error).__name__",
            f"if {texts!r}.get(found, '') not in ' '.join(str(error).split()):",
            "    found = 'another ' + found",
        ]
        parts = ("try", ["pass"]), ("except Exception as error", name), ("else", found)
        found = [
            line for head, body in parts for line in (f"{head}:", *(f"    {each}" for each in body))
        ]
    codes = f"{{{old!r}: 0, {new!r}: 1}}"
    return "\n".join(
        [*found, f"print({SAYS!r}, found)", f"sys.exit({codes}.get(found, {CANNOT_TELL}))"]
    )


def _fragment(message: str) -> str:
    """The longest part of a message that has words alone, which no value changes."""
    parts = [each for each in WORDS.findall(message) if " " in each]
    longest = max(parts, key=len, default="")
    return longest if len(longest) <= FRAGMENT else longest[:FRAGMENT].rpartition(" ")[0]


def _comparison(old: Array, new: Array | None) -> list[str]:
    """The statements that compare the value with that of the old side, and of the new one.

    Without a value of the new side, all that the old side does not have is another value.
    """
    shapes = [f"np.shape({VALUE}) == {tuple(each.shape)}" for each in (old, new) if each]
    types = [f"np.asarray({VALUE}).dtype.name == {e.dtype!r}" for e in (old, new) if e]
    if new and (old.dtype != new.dtype or old.shape != new.shape):
        is_old, is_new = (f"{a} and {b}" for a, b in zip(types, shapes, strict=True))
        return [_found(is_old, is_new)]
    if not old.floats:
        return [_found(shapes[0], "True")]
    start, numbers = _excerpt(old, new)
    whole = len(numbers) == len(old.floats)
    part = VALUE if whole else f"np.ravel({VALUE})[{start}:{start + len(numbers)}]"
    sides = [each.floats[start : start + len(numbers)] for each in (old, new) if each]
    expected = [_text(np.reshape(e, old.shape).tolist() if whole else e) for e in sides]
    nan = ", equal_nan=True" if any(math.isnan(n) for side in sides for n in side) else ""
    close = f"{shapes[0]} and np.allclose({part}, {{}}, rtol=0, atol={_tolerance(old, new):g}{nan})"
    lines = [f"expected = {expected[0]}"]
    if new is None:
        return [*lines, _found(close.format("expected"), "True")]
    lines.append(f"observed = {expected[1]}")
    return [
        *lines,
        f"close = [{close.format('each')} for each in (expected, observed)]",
        _found("close[0]", "close[1]"),
    ]


def _found(is_old: str, is_new: str) -> str:
    if is_new == "True":
        return f"found = {SAME!r} if {is_old} else {OTHER!r}"
    return f"found = {SAME!r} if {is_old} else {OTHER!r} if {is_new} else {NEITHER!r}"


def _excerpt(old: Array, new: Array | None) -> tuple[int, list[float]]:
    """Some of the numbers of an array, around the largest difference, and where they start."""
    floats = old.floats
    if len(floats) <= NUMBERS:
        return 0, floats
    apart = np.abs(np.subtract(floats, new.floats)) if new else np.zeros(1)
    most = int(np.argmax(np.nan_to_num(apart, nan=np.inf)))
    start = max(0, min(most - NUMBERS // 4, len(floats) - NUMBERS // 2))
    return start, floats[start : start + NUMBERS // 2]


def _tolerance(old: Array, new: Array | None) -> float:
    """A tolerance that is less than half of the difference, and 1e-5 of the size if that fits."""
    sizes = [abs(each) for each in old.floats if math.isfinite(each)]
    usual = ABSOLUTE * 10.0 ** math.ceil(math.log10(max([1.0, *sizes])))
    if new is None:
        return usual
    start, before = _excerpt(old, new)
    after = new.floats[start : start + len(before)]
    apart = [abs(a - b) for a, b in zip(before, after, strict=True) if math.isfinite(a - b)]
    most = max(apart, default=0.0)
    if len(apart) < len(before) or most > 2 * usual:
        return usual
    return float(f"{most / 3:.0e}") if most else usual


def _text(numbers: object) -> str:
    """Numbers with the digits that a float32 has, as Python writes them."""
    if isinstance(numbers, list):
        return f"[{', '.join(map(_text, numbers))}]"
    number = float(str(numbers))
    if math.isfinite(number):
        return f"{number:.8g}"
    return "np.nan" if math.isnan(number) else "-np.inf" if number < 0 else "np.inf"


class _Value(ast.NodeTransformer):
    """Assigns what is seen to `value`."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        call = node.value
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "see":
            return ast.Assign([ast.Name(VALUE, ast.Store())], call.keywords[0].value)
        return node


class _Standing(ast.NodeTransformer):
    """Replaces what is there for the harness: the observation by its body, and `step`."""

    def visit_With(self, node: ast.With) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        first = node.items[0].context_expr
        if isinstance(first, ast.Call) and ast.unparse(first.func) in ("step", "None"):
            return node.body
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        read = isinstance(node.ctx, ast.Load)
        return ast.Constant(None) if node.id == "step" and read else node


def _wrapped(line: str) -> Iterator[str]:
    """A line of Python in lines of at most WIDTH characters, as far as it has commas to break at.

    A comment is not broken.
    """
    places = [] if line.startswith("#") or len(line) <= WIDTH else _commas(line)
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    lead, start = "", 0
    while len(lead) + len(line) - start > WIDTH:
        further = [at for at in places if at > start]
        fitting = [at for at in further if len(lead) + at - start <= WIDTH]
        if not further:
            break
        end = fitting[-1] if fitting else further[0]
        yield lead + line[start:end]
        lead, start = indent, end + 1
    yield lead + line[start:]


def _commas(line: str) -> list[int]:
    """The places behind commas inside of brackets."""
    found, depth = [], 0
    try:
        for each in tokenize.generate_tokens(io.StringIO(line.strip()).readline):
            depth += {**dict.fromkeys("([{", 1), **dict.fromkeys(")]}", -1)}.get(each.string, 0)
            if each.string == "," and depth and each.line[each.end[1] :][:1] == " ":
                found.append(each.end[1] + len(line) - len(line.lstrip()))
    except (tokenize.TokenError, SyntaxError):  # a line of a text over several lines
        pass
    return found


def issue_text(told: "Told") -> str:
    """The Markdown of an issue: versions, what is expected and observed, and the script."""
    asked, (old, new) = told.asked, told.sides
    was, is_now = asked.said if any(asked.said) else (_shown(asked.old), _shown(asked.new))
    rows = [f"| {name} | {a} | {b} |" for name, a, b in told.versions]
    return f"""\
# {told.name}: {"changed" if any(asked.said) else asked.answers[1]} since {new}

| | expected | observed |
| --- | --- | --- |
{chr(10).join(rows)}

**Expected**, as with {old}: {was}

**Observed**, with {new}: {is_now}

{_judged(told)}**Since when:** it changes from `{told.window[0]}` to `{told.window[1]}`.
Packages that differ: {listed(told.packages, MOST) or "none"}.

{_culprit(told)}**To reproduce:** `uv run new.py` exits with 1. With the metadata of
`old.py`, which are below, the same script exits with 0. Exit code {CANNOT_TELL} says that it
cannot tell.

```python
{told.scripts[1].rstrip()}
```

The metadata of `old.py`:

```python
{chr(10).join(told.pins[0].lines())}
```
"""


def _culprit(told: Told) -> str:
    if not told.culprit:
        return ""
    return "**Culprit:**\n\n```text\n" + "\n".join(told.culprit) + "\n```\n\n"


def _judged(told: Told) -> str:
    """What the oracle says of the sides that gave values."""
    results = (told.asked.old, told.asked.new)
    rows = [
        f"- {name}: {said}"
        for name, said, result in zip(told.sides, told.judged, results, strict=True)
        if said and not result.error
    ]
    return "\n".join([ORACLE, "", *rows, "", ""]) if rows else ""


def _shown(result: Result) -> str:
    """What a side shows, in Markdown."""
    if result.error:
        return f"it raises `{result.error.type}`\n\n```text\n{result.error.message}\n```"
    if FOUND not in result.arrays:
        return NO_ERROR
    array = result.arrays[FOUND]
    numbers = f"`{_text(array.floats[:NUMBERS])}`"
    first = f", of which the first {NUMBERS} are" if len(array.floats) > NUMBERS else ""
    return f"an array of {array.dtype}, of shape {tuple(array.shape)}{first}: {numbers}"
