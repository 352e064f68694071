"""Runs each scenario in each variant, once or several times; each observation is a document.

The first model of a process takes a fifth of a second, so children are shared where that is safe:

- A scenario whose only variant is `fixed` shares one child with all such scenarios of its family
  (its directory), since they draw and seed nothing, unless it has `APART = True`.
- A scenario with `APART = True` has one child for each variant.
- Any other scenario has one child for all its variants in turn, as `python FILE` does.

A scenario that changes the settings of its process ends its child, and the rest of the share runs
in a new one; so does the rest if a child dies.

An error of the scenario itself is no observation: the run ends as "broken".
"""

import ast
import collections
import contextlib
import os
import re
import runpy
import sys
import time

import capture
import isolate
import wire

CONSTANTS = ("VARIANTS", "APART")  # constants of a scenario file that the probe reads
NAME = re.compile(r"[A-Za-z0-9_]{1,100}")  # of a scenario or variant: a part of a file name


class BrokenError(Exception):
    """A scenario asks for something that the probe cannot do."""


def works(directory, runs, only=()):
    """The works for every scenario of a directory, `runs` times; then documents of broken files.

    With names in `only`, those of the scenarios that have such a name.

    The files are in the directory itself and in those below it, one for each family. A file
    without a top-level function `scenario` is a helper and is not run.
    """
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
    _forget_modules(directory)
    from steps import VARIANTS

    shares, broken, names, alone = collections.OrderedDict(), [], {}, set()
    for path in _files(directory):
        if only and path.stem not in only:
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
            if not _has_scenario(tree, path):
                continue
            other = names.setdefault(path.stem, path)
            if other != path:
                raise BrokenError("{} has the same name".format(other.relative_to(directory)))
            constants = _constants(tree)
            variants = _variants(constants.get("VARIANTS", VARIANTS))
        except Exception as error:  # outer boundary: one file stops no other
            broken += [_broken(path, number + 1, error) for number in range(runs)]
            continue
        for variant in variants:
            apart = constants.get("APART")
            with_others = variants == ("fixed",) and not apart
            key = path.parent if with_others else (path, variant if apart else None)
            shares.setdefault(key, []).append((path, variant))
            alone.update([key] if apart else [])
    return (
        [
            Running(share, number + 1, key in alone)
            for key, share in shares.items()
            for number in range(runs)
        ],
        broken,
    )


def _forget_modules(directory):
    """`steps` and what it imports may have changed since an earlier record.

    The probe itself may have a module of the same name as a scenario, which stays.
    """
    inside = os.path.join(str(directory), "")
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(inside):
            del sys.modules[name]


def more(works, counts, done):
    """The works for the runs that `counts` has beyond the number `done`, of which `works` are.

    A run of some variants of a share runs these alone, in their order.
    """
    wanted = {(each["scenario"], each["variant"]): each["runs"] for each in counts}
    firsts = [work for work in works if work.number == 1]
    for number in range(done + 1, max(wanted.values(), default=0) + 1):
        for work in firsts:
            rest = [p for p in work.share if wanted.get((_name(p[0]), p[1]), 0) >= number]
            if rest:
                yield Running(rest, number, work.apart)


def left_out(directory, only):
    """The names of the scenarios of a directory that `works` leaves out."""
    names = [
        _name(path)
        for path in _files(directory)
        if only and path.stem not in only and _may_be_scenario(path)
    ]
    return list(collections.OrderedDict.fromkeys(names))


def _may_be_scenario(path):
    """Whether a file looks like a scenario, or cannot be read."""
    try:
        return "def scenario(" in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True


def _files(directory):
    return sorted([*directory.glob("*.py"), *directory.glob("*/*.py")])


def _name(path):
    """The name of a scenario in a record."""
    return capture.text(path.stem)[:100]


def _has_scenario(tree, path):
    """Whether a file is a scenario. Raises BrokenError if it is one that cannot be run."""
    for node in tree.body:
        if getattr(node, "name", "") == "scenario":
            if not isinstance(node, ast.FunctionDef):
                raise BrokenError("`scenario` must be a plain function, `def scenario(...)`")
            if not NAME.fullmatch(path.stem):
                raise BrokenError("its file name may have at most 100 letters, digits and `_`")
            return True
    return False


def _variants(value):
    """The variants of a scenario. Raises BrokenError unless they are a tuple of names."""
    if not isinstance(value, (tuple, list)) or not value:
        raise BrokenError("VARIANTS must be a tuple of names, and have one at least")
    for name in value:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise BrokenError(
                "VARIANTS: {!r} is no name of at most 100 letters, digits and `_`".format(name)
            )
    if len(set(value)) < len(value):
        raise BrokenError("VARIANTS has a name twice")
    return tuple(value)


def _broken(path, number, error):
    """The run document of a scenario file that could not be run at all."""
    document = _document(path, "", number)
    document.update(end="broken", detail=_why(error))
    return document


def _why(error):
    """An error in its first line, since reports quote that line alone; then its traceback."""
    said = capture.error(error)
    named = "" if isinstance(error, BrokenError) else said["type"] + ": "
    return "{}{}\n{}".format(named, said["message"], said["traceback"])


def in_order(documents, queue):
    """Sort run documents by scenario, by variant (in the order of its file) and by number."""
    parts = dict.fromkeys(part for work in queue for part in work.share)
    order = [(path.stem, variant) for path, variant in sorted(parts, key=lambda part: part[0])]
    return sorted(
        documents, key=lambda d: (order.index((d["scenario"], d["variant"])), d["number"])
    )


def _constants(tree):
    """The values of VARIANTS and APART in a scenario file, where it defines them."""
    return {name: _literal(name, node.value) for node in tree.body for name in _assigned(node)}


def _literal(name, node):
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise BrokenError("{} must be a literal: {}".format(name, error)) from error


def _assigned(node):
    """The constants that a statement assigns. Raises BrokenError unless it is a plain `A = ...`.

    Functions and classes have names of their own, and an annotation without a value assigns none.
    """
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return []
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return []
    stored = [
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and each.id in CONSTANTS
    ]
    plain = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = [getattr(target, "id", "") for target in plain]
    for name in stored:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or name not in names:
            raise BrokenError("{0} must be assigned as in `{0} = ...`".format(name))
    return stored


class Running:
    """The work of one child: one run of a share, a list of (scenario file, variant).

    What is `apart` may change the settings of its process.
    """

    def __init__(self, share, number, apart=False):
        self.share, self.number, self.apart = share, number, apart

    def __call__(self, send):
        import settings  # imports TensorFlow, as each child has already

        before = settings.current()
        for at, (path, variant) in enumerate(self.share):
            isolate.reseed()
            send(part=at, start_again=True)
            began = time.monotonic()
            steps = Steps(send)
            try:
                runpy.run_path(str(path))["scenario"](variant, steps.step)
                if not steps.names:
                    raise BrokenError("it has no step")
                send(end="completed", seconds=time.monotonic() - began)
            except BaseException as error:  # outer boundary of the probe, also for SystemExit
                send(end="broken", detail=_why(error), seconds=time.monotonic() - began)
            changed = () if self.apart else settings.changes(before, settings.current())
            if changed:
                send(changed=changed)  # the rest of the share gets a child with clean settings
                return

    def documents(self, child):
        """The run documents of an ended child, and the work for the parts that it did not start.

        The work is None if the child started all its parts.
        """
        documents, foreign, begun = [], False, []
        for message in child.messages:
            if not self._expects(message, documents):
                foreign = True  # nothing after it can be trusted
                break
            if "part" in message:
                path, variant = self.share[message["part"]]
                documents.append(_document(path, variant, self.number))
                begun = []  # steps that have not ended, the innermost last
            elif "begin" in message:
                begun.append(message["begin"])
                documents[-1]["unfinished_step"] = begun[-1]
            elif "observed" in message:
                name = message["observed"]["step"]
                del begun[begun.index(name) if name in begun else len(begun) :]
                documents[-1]["unfinished_step"] = begun[-1] if begun else None
                documents[-1]["observations"].append(message["observed"])
            elif "changed" in message:
                place = "{scenario} / {variant}".format(**documents[-1])
                # at once: a child that is forked later must not print it again
                print("{} changed {}".format(place, ", ".join(message["changed"])), flush=True)
            else:
                documents[-1].update(message)
        if not documents:  # died before its first message
            documents.append(_document(*self.share[0], self.number))
        unfinished = documents[-1]["end"] is None
        if foreign or (unfinished and child.end == "completed"):
            documents[-1].update(end="crashed", detail=wire.FOREIGN)
        elif unfinished:
            documents[-1].update(end=child.end, detail=child.detail)
        rest = self.share[len(documents) :]
        return documents, Running(rest, self.number) if rest else None

    def _expects(self, message, documents):
        """Whether a message comes from the probe itself, and in its order."""
        if not wire.fits(message):
            return False
        if "part" in message:
            return message["part"] == len(documents) < len(self.share)
        return bool(documents) and (documents[-1]["end"] is None or "changed" in message)


class Steps:
    """The steps of one run of a scenario, in the order in which it begins them."""

    def __init__(self, send):
        self._send = send
        self.names = []

    @contextlib.contextmanager
    def step(self, name):
        """The `step` that a scenario gets: it sends the arrays or the error of each step."""
        if not isinstance(name, str) or not name.strip():
            raise BrokenError("the name of a step must be text, not {!r}".format(name))
        name = capture.text(name)
        if name in self.names:
            raise BrokenError("the step name {!r} is used twice".format(name))
        self.names.append(name)
        self._send(begin=name)
        began = time.monotonic()
        seen = {}

        def see(*unnamed, **arrays):
            if unnamed or not all(name.strip() for name in arrays):
                raise BrokenError("see() takes arrays by their names, as in see(output=...)")
            seen.update(arrays)

        observed = {"step": name, "arrays": {}, "error": None}
        try:
            yield see
        except BrokenError:
            raise
        except Exception as error:  # outer boundary: a step that raises is an observation
            observed["error"] = capture.error(error)
        else:
            observed["arrays"] = {key: _array(key, value) for key, value in seen.items()}
        observed["seconds"] = time.monotonic() - began
        self._send(observed=observed)


def _array(name, value):
    """A value that a step sees, as an array. Raises BrokenError for one that is none."""
    try:
        return capture.array(value)
    except Exception as error:
        raise BrokenError("see({}=...) takes arrays of numbers: {}".format(name, error)) from error


def _document(path, variant, number):
    return {
        "scenario": _name(path),
        "variant": variant,
        "number": number,
        "end": None,
        "detail": None,
        "unfinished_step": None,
        "seconds": None,
        "observations": [],
    }
