"""Commands that make scripts that show a change, and that look whether it is still there."""

import argparse
from typing import TYPE_CHECKING

from harness.base.errors import UncheckedError
from harness.commands.options import SCRIPT_SECONDS, context_of, directory, limits, tell
from harness.commands.search import end_of, runner_of
from harness.environments.space import BUDGET

if TYPE_CHECKING:
    from harness.commands.options import Parsers


def add(subcommands: "Parsers") -> None:
    """A script that shows a change, and whether a release has repaired it."""
    command = subcommands.add_parser(
        "witness",
        parents=[limits(SCRIPT_SECONDS)],
        help="make a short script that shows a change, and the text of an issue",
    )
    command.add_argument(
        "subject",
        metavar="SUBJECT",
        help="SCENARIO:STEP, my_script.py:LINE for a statement, or an internal such as RNN.call",
    )
    command.add_argument("--good", required=True, metavar="TARGET", help="the last as before")
    command.add_argument("--bad", required=True, metavar="TARGET", help="the first that is not")
    command.add_argument(
        "--variant",
        default="",
        metavar="NAME",
        help="of a scenario (default: fixed, if it differs)",
    )
    command.add_argument(
        "--output",
        type=directory,
        metavar="DIR",
        help="where to write it (default: results/witness/SUBJECT)",
    )
    command.add_argument(
        "--no-attribute",
        dest="attributed",
        action="store_false",
        help="do not search the packages to blame for the text of the issue",
    )
    command.set_defaults(
        command=witness,
        passed_on=(),
        more=(),
        requirements=(),
        shell=None,
        exact=False,
        restart=False,
        disk=BUDGET,
        dask=None,
    )

    command = subcommands.add_parser(
        "watch",
        parents=[limits(SCRIPT_SECONDS)],
        help="run witnesses on a target: is what they show repaired there?",
    )
    command.add_argument(
        "directories", nargs="+", type=directory, metavar="DIR", help="which `witness` has written"
    )
    command.add_argument("--on", required=True, metavar="TARGET", help="where to run them")
    command.set_defaults(command=watch)


def witness(options: argparse.Namespace) -> int:
    """Make a witness, and write its files; 0 if it was verified on both sides."""
    from harness.search.witness import NEW, Making
    from harness.search.witness import witness as make
    from harness.search.witness_text import LINES

    context = context_of(options)
    old, new = (end_of(context, each) for each in (options.good, options.bad))
    with runner_of(options, context) as runner:
        making = Making(
            runner=runner, old=old, new=new, jobs=options.jobs, attributed=options.attributed
        )
        made = make(making, tell)
    output = options.output or context.project.results / "witness" / runner.subject.key
    made.write(output)
    if made.lines > LINES:
        tell(f"warning: the script has {made.lines} lines, which is more than {LINES}")
    found_old, found_new = made.answers
    print(made.files[NEW], end="")
    print(
        f"verified: {found_old} on {old.name} (exit code 0), {found_new} on {new.name} (exit code "
        f"1); {made.lines} lines, after {made.runs} runs of shorter and longer ones"
    )
    print(f"written: {', '.join(str(output / name) for name in made.files)}")
    return 0


def watch(options: argparse.Namespace) -> int:
    """Run witnesses on a target; 1 if one of them says that something is repaired."""
    from harness.search.watch import Standing
    from harness.search.watch import watch as run

    context = context_of(options)
    target = end_of(context, options.on)
    watched = run(
        options.directories,
        target,
        context.project,
        tuple(context.targets),
        options.time_limit,
    )
    print(f"{target.name}:")
    for each in watched:
        print(f"  {each}")
    standings = {each.standing for each in watched}
    if Standing.REPAIRED in standings:
        return 1
    return UncheckedError.exit_code if Standing.UNTOLD in standings else 0
