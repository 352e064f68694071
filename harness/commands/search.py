"""Commands that find which release brought a change."""

import argparse
import contextlib
import difflib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.commands.options import (
    SCRIPT_SECONDS,
    Context,
    add_dask,
    cluster_of,
    context_of,
    limits,
    positive,
    tell,
)
from harness.commands.scripts import ULP, add_needs, script_at
from harness.environments.axes import Axis
from harness.environments.space import BUDGET, GIGABYTE
from harness.environments.targets import Target

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.search.candidate_runs import Runner
    from harness.search.subjects import Attributable

OF_SCRIPTS = ("more", "requirements", "passed_on")  # options that only a script takes


def add(subcommands: "Parsers") -> None:
    """Which release, nightly or day brought a change, and which package."""
    command = subcommands.add_parser(
        "bisect",
        parents=[limits(SCRIPT_SECONDS)],
        help="which release of which package changed a step, a script, an internal or a command",
        epilog="What follows `--` are the arguments of the script.",
    )
    _add_subject(command)
    command.add_argument(
        "--by",
        type=Axis,
        choices=list(Axis),
        metavar="AXIS",
        help=f"what differs between candidates: {', '.join(Axis)} (default: the package in which "
        "both ends differ)",
    )
    command.add_argument(
        "--nightlies",
        action="store_true",
        help="the builds of each day that the index has, instead of the releases",
    )
    command.add_argument(
        "--no-baselines",
        dest="accepted",
        action="store_false",
        help="run targets between the ends, too, instead of taking what their baselines have",
    )
    command.add_argument(
        "--no-attribute",
        dest="attributed",
        action="store_false",
        help="the window is enough: do not search the packages to blame",
    )
    command.set_defaults(command=bisect, passed_on=())
    command = subcommands.add_parser(
        "attribute",
        parents=[limits(SCRIPT_SECONDS)],
        help="which packages changed it, of all that differ between two environments",
        epilog="What follows `--` are the arguments of the script.",
    )
    _add_subject(command)
    command.add_argument(
        "--switches",
        action="store_true",
        help="both sides also without oneDNN, with its oldest instructions alone, on one thread, "
        "eagerly, unrolled, compiled by XLA",
    )
    command.set_defaults(command=attribute, passed_on=())


def _add_subject(command: argparse.ArgumentParser) -> None:
    """What is searched, between which ends, and how."""
    command.add_argument(
        "subject",
        nargs="?",
        metavar="SUBJECT",
        help="SCENARIO or SCENARIO:STEP, my_script.py or my_script.py:LINE, or an internal such "
        "as RNN.call",
    )
    command.add_argument(
        "--command",
        dest="shell",
        metavar="TEXT",
        help="instead of SUBJECT, a command of the shell that runs with the Python of each "
        "candidate: exit code 0 is good, 125 cannot tell, another one up to 127 is bad",
    )
    command.add_argument("--good", required=True, metavar="TARGET", help="the older end")
    command.add_argument("--bad", required=True, metavar="TARGET", help="the newer end")
    command.add_argument(
        "--variant", default="", metavar="NAME", help="of a scenario (default: all of its variants)"
    )
    command.add_argument(
        "--exact", action="store_true", help="values that differ by rounding alone differ"
    )
    add_needs(command)
    add_dask(command, "run candidates")
    command.add_argument(
        "--disk",
        type=positive,
        default=BUDGET,
        metavar="GB",
        help="environments of candidates are removed beyond this size (default: %(default)s)",
    )
    command.add_argument(
        "--restart", action="store_true", help="run again what an earlier search has kept"
    )
    command.add_argument("--format", choices=("text", "json"), default="text")


def bisect(options: argparse.Namespace) -> int:
    """Search, and print the answer; 0 if there is one."""
    from harness.environments.axes import Ends, axis_of, candidates
    from harness.search.answer import answer_document, answer_text
    from harness.search.bisect import Search
    from harness.search.bisect import bisect as search

    context = context_of(options)
    first, last = (end_of(context, each) for each in (options.good, options.bad))
    with runner_of(options, context) as runner:
        ends = Ends(first=first, last=last, targets=context.targets, project=context.project)
        axis = options.by or axis_of(first, last)
        between = candidates(axis, ends, nightlies=options.nightlies)
        answer = search(
            Search(
                runner=runner,
                candidates=between,
                jobs=runner.jobs or options.jobs,
                attributed=options.attributed,
                accepted=options.accepted,
            ),
            tell,
        )
    document = json.dumps(answer_document(answer), indent=2)
    write_whole(runner.results / "bisect.json", document.encode())
    print(document if options.format == "json" else answer_text(answer), end="")
    return 0


def attribute(options: argparse.Namespace) -> int:
    """Mix the environments of two targets, and print which packages are to blame."""
    from harness.search.attribute import attribute as search
    from harness.search.attribution import attribution_document, attribution_text

    context = context_of(options)
    old, new = (end_of(context, each) for each in (options.good, options.bad))
    with runner_of(options, context) as runner:
        found = search(runner, old, new, tell, switches=options.switches)
    document = json.dumps(attribution_document(found), indent=2)
    write_whole(runner.results / "attribute.json", document.encode())
    print(document if options.format == "json" else attribution_text(found), end="")
    return 0


@contextlib.contextmanager
def runner_of(options: argparse.Namespace, context: Context) -> "Iterator[Runner]":
    """How the candidates of the options run; `--restart` removes what an earlier search has kept.

    Raises UsageError.
    """
    from harness.observing.probing import Limits
    from harness.running.parcels import elsewhere, require_sendable
    from harness.search.candidate_runs import Runner
    from harness.search.script_subject import ScriptSubject

    with contextlib.ExitStack() as stack:
        wheels = stack.enter_context(tempfile.TemporaryDirectory(prefix="state-harness-"))
        subject = _subject(options, context, Path(wheels))
        cluster = cluster_of(options)
        if cluster and isinstance(subject, ScriptSubject):
            require_sendable(subject.script, subject.extras)
        results = context.project.results / "bisect" / subject.key
        if options.restart:
            shutil.rmtree(results, ignore_errors=True)
        yield Runner(
            subject=subject,
            project=context.project,
            results=results,
            limits=Limits(scenario=options.time_limit),
            targets=tuple(context.targets),
            budget=options.disk * GIGABYTE,
            elsewhere=stack.enter_context(elsewhere(cluster)) if cluster else None,
        )


def end_of(context: Context, name: str) -> Target:
    from harness.environments.candidates import choose

    chosen = choose(context.targets, [name], context.project.locks)
    if len(chosen) != 1:
        raise UsageError(f"{name!r} names {len(chosen)} targets; an end is one of them")
    return chosen[0]


def _subject(options: argparse.Namespace, context: Context, wheels: Path) -> "Attributable[Any]":
    """The subject that the options name. Raises UsageError."""
    from harness.environments.extras import read_extras
    from harness.observing.catalogue import scenario_scripts, watched_internals
    from harness.observing.numerics import Tolerances
    from harness.observing.probing import PlainScript
    from harness.search.catalogue_subjects import InternalSubject, ScenarioSubject
    from harness.search.command_subject import CommandSubject
    from harness.search.script_subject import ScriptSubject

    name = options.subject
    if (name is None) == (options.shell is None):
        raise UsageError("name one thing to search: SUBJECT or --command TEXT")
    if name is None:
        _refuse(options, "a command", "variant", "exact", *OF_SCRIPTS)
        return CommandSubject(command=options.shell)
    if name in watched_internals():
        _refuse(options, "an internal", "variant", "exact", *OF_SCRIPTS)
        return InternalSubject(name=name, criteria=context.criteria)
    head, _, tail = name.partition(":")
    if head.endswith(".py"):
        _refuse(options, "a script", "variant")
        if tail and not (tail.isdecimal() and int(tail)):
            raise UsageError(f"{name!r}: {tail!r} is no line number")
        script = script_at(Path(head))
        ulp = 0 if options.exact else ULP
        return ScriptSubject(
            name=name,
            script=PlainScript(path=script, arguments=tuple(options.passed_on)),
            line=int(tail or 0),
            extras=read_extras(script, tuple(options.more), tuple(options.requirements)),
            wheels=wheels,
            tolerances=Tolerances(ulp=ulp, mean_ulp=ulp),
        )
    scripts = scenario_scripts(context.project.scenarios)
    if head not in scripts:
        known = [*scripts, *watched_internals()]
        close = difflib.get_close_matches(head, known, n=1)
        raise UsageError(
            f"{name!r} is no scenario, script or internal"
            f"{f' (did you mean {close[0]}?)' if close else ''}; a script ends with "
            f".py, and the scenarios are {', '.join(scripts)}"
        )
    _refuse(options, "a scenario", *OF_SCRIPTS)
    return ScenarioSubject(
        name=name,
        script=scripts[head],
        step=tail,
        variant=options.variant,
        exact=options.exact,
        criteria=context.criteria,
    )


def _refuse(options: argparse.Namespace, subject: str, *names: str) -> None:
    """Raise UsageError if an option was given that says nothing of this kind of subject."""
    for name in names:
        if getattr(options, name):
            option = {"more": "--with", "passed_on": "arguments after --"}.get(name, f"--{name}")
            raise UsageError(f"{option}: {subject} takes none; leave the option out")
