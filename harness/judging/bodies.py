"""The differences of two function bodies that users meet: errors and defaults. Pure."""

import ast
import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.judging.changes import ChangeKind
from harness.observing.sources import UNPARSABLE, tree_of

ALIKE = 0.6  # texts of errors that agree by this ratio are versions of one text
_LITERAL = re.compile(
    r"""\w?'(?:[^'\\]|\\.)*'|\w?"(?:[^"\\]|\\.)*"|-?\b\d[\w.]*(?:(?<=e)-\d+)?"""
    r"""|\b(?:None|True|False)\b"""
)
# what each of the places of a default has in a normalised source; the second of two functions
_DEFAULT = re.compile(r"\.(?:pop|get|setdefault)\(|getattr\(| is None:| or |\bdef (?s:.*)\bdef ")
_PROSE = re.compile(r"""\w?['"].*[^\w.-].*['"]""")  # a text for people, and no name or mode
NOWHERE = "nothing"  # in place of a statement that one side lacks


@dataclass(frozen=True, kw_only=True)
class _Raise:
    """A statement that raises; `condition` is that of the innermost `if` around it, or empty."""

    error: str  # the name of the exception
    text: str  # its arguments
    condition: str

    def __str__(self) -> str:
        error = f" {self.error}" if self.error else ""
        text = f"({self.text})" if self.text else ""
        return f"raise{error}{text}" + (f" if {self.condition}" if self.condition else "")


@functools.cache
def body_differences(old: str, new: str) -> tuple[tuple[ChangeKind, str, str], ...]:
    """What users meet of the difference of two normalised sources: kind, before and after.

    | in the body                                             | kind                |
    |---------------------------------------------------------|---------------------|
    | a `raise` that only the new source has                  | new raise           |
    | a `raise` that only the old source has                  | removed raise       |
    | a `raise` of a similar text with another exception      | other exception     |
    | another value for the same missing argument or setting  | default in the body |

    Statements that raise the same exception with similar texts are the same statement. Empty for
    sources that are not Python.
    """
    try:
        before, after = _parsed(old), _parsed(new)
    except UNPARSABLE:
        return ()
    return (*_raise_differences(before, after), *_default_differences(before, after))


@dataclass(frozen=True, kw_only=True)
class _Body:
    """A body, its statements that raise, and the literal values of missing arguments by place."""

    source: str
    raises: tuple[_Raise, ...]
    defaults: Mapping[str, str]


@functools.cache  # each source is compared with that of the release before and of the next one
def _parsed(source: str) -> _Body:
    tree = tree_of(source)
    return _Body(
        source=source,
        raises=tuple(_raises(tree)) if "raise" in source else (),
        defaults=_literals(_defaults(tree)) if _DEFAULT.search(source) else {},
    )


def _literals(defaults: Iterator[tuple[str, ast.expr]]) -> dict[str, str]:
    """The literal values by place; a place in several branches has several."""
    found: dict[str, set[str]] = {}
    for place, default in defaults:
        if _literal(default):
            found.setdefault(place, set()).add(ast.unparse(default))
    return {place: " or ".join(sorted(values)) for place, values in found.items()}


def _raise_differences(before: _Body, after: _Body) -> Iterator[tuple[ChangeKind, str, str]]:
    old, new = list(before.raises), list(after.raises)
    for same_error, same_text in ((True, True), (True, False), (False, False)):
        for raised in list(new):
            match = next((o for o in old if _match(o, raised, same_error, same_text)), None)
            if match is None:
                continue
            old.remove(match)
            new.remove(raised)
            if not same_error:
                yield ChangeKind.OTHER_EXCEPTION, str(match), str(raised)
    if new:
        yield ChangeKind.NEW_RAISE, NOWHERE, "\n".join(map(str, new))
    if old:
        yield ChangeKind.REMOVED_RAISE, "\n".join(map(str, old)), NOWHERE


def _match(old: _Raise, new: _Raise, same_error: bool, same_text: bool) -> bool:
    # without the module, which people import by several names
    names = {raised.error.rpartition(".")[2] for raised in (old, new)}
    if (len(names) == 1) is not same_error:
        return False
    if old.text == new.text:
        return True
    return not same_text and difflib.SequenceMatcher(None, old.text, new.text).ratio() >= ALIKE


def _raises(
    node: ast.AST, around: ast.If | None = None, *, otherwise: bool = False
) -> Iterator[_Raise]:
    """The statements that raise; `around` is the innermost `if`, and `otherwise` its `else`."""
    if isinstance(node, ast.Raise):
        raised = node.exc
        call = raised if isinstance(raised, ast.Call) else None
        name = call.func if call else raised
        arguments = [*call.args, *(k.value for k in call.keywords)] if call else []
        condition = ast.unparse(around.test) if around else ""
        yield _Raise(
            error=ast.unparse(name) if name else "",
            text=", ".join(map(ast.unparse, arguments)),
            condition=f"not ({condition})" if otherwise else condition,
        )
    elif isinstance(node, ast.If):
        for child in node.body:
            yield from _raises(child, node)
        for child in node.orelse:
            yield from _raises(child, node, otherwise=True)
    else:
        for below in ast.iter_child_nodes(node):
            if not isinstance(below, ast.expr):  # which has no statements
                yield from _raises(below, around, otherwise=otherwise)


def _default_differences(before: _Body, after: _Body) -> Iterator[tuple[ChangeKind, str, str]]:
    old, new = before.defaults, after.defaults
    found = [
        (f"{place} = {old[place]}", f"{place} = {new[place]}")
        for place in old
        if place in new and old[place] != new[place]
    ]
    found = found or list(_other_values(before.source, after.source))
    if found:
        gone, come = ("\n".join(lines) for lines in zip(*found, strict=True))
        yield ChangeKind.BODY_DEFAULT, gone, come


def _defaults(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The values that a body takes where an argument or a setting is missing, by their place."""
    functions = []
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                functions.append(node)
            case ast.Call(
                func=ast.Attribute(attr="pop" | "get" | "setdefault") as of,
                args=[ast.Constant(value=str(key)), default],
            ):
                yield f"{ast.unparse(of)}({key!r})", default
            case ast.Call(func=ast.Name(id="getattr"), args=[of, ast.Constant(value=key), default]):
                yield f"getattr({ast.unparse(of)}, {key!r})", default
            case ast.If(
                test=ast.Compare(
                    left=given, ops=[ast.Is()], comparators=[ast.Constant(value=None)]
                ),
                body=[ast.Assign(targets=[target], value=default)],
            ) if ast.unparse(given) == ast.unparse(target):
                yield f"{ast.unparse(given)} where None", default
            case ast.BoolOp(op=ast.Or(), values=[ast.Name() | ast.Attribute() as given, default]):
                yield f"{ast.unparse(given)} or", default
    for function in functions[1:]:  # the parameters of the first are compared as a signature
        yield from _parameter_defaults(function)


def _parameter_defaults(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    given = function.args
    names = [*given.posonlyargs, *given.args]
    pairs = [
        *zip(names[len(names) - len(given.defaults) :], given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if default is not None:
            yield f"{function.name}({argument.arg})", default


def _other_values(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The lines that differ, if two normalised sources differ by values alone.

    Errors are compared as errors, and the first line as a signature.
    """
    old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new) and all(map(_same_but_values, old, new)):
        for sides in zip(old, new, strict=True):
            one, other = (line.strip().removesuffix(":") for line in sides)
            if one != other and not one.startswith(("def ", "@", "raise ")):
                yield one, other


def _same_but_values(one: str, other: str) -> bool:
    return one == other or _without_values(one) == _without_values(other)


def _without_values(line: str) -> str:
    """A line without the values of its literals, except texts for people."""
    return _LITERAL.sub(lambda found: found[0] if _PROSE.fullmatch(found[0]) else "0", line)


def _literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True
