"""Runs the suite on a judgement, in this process."""

import contextlib
import io
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.base.files import write_whole
from harness.judging.judge import Judgement
from harness.judging.verdicts import Axis, Outcome, Verdict, exit_code
from harness.running.results import TargetFiles
from harness.running.suite.options import SuiteOptions
from harness.running.suite.parts import Part, parts_of

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
TESTS = {
    "test_observations": Axis.DRIFT,
    "test_internals": Axis.WATCH,
    "test_oracle": Axis.ORACLE,
    "test_published_figure": Axis.PUBLISHED,
}


class Parts:
    """A pytest plugin: makes a test of each part; `selected` are those that pytest runs."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.selected: list[Part] = []

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "part" in metafunc.fixturenames:
            parts = [p for p in self._parts if p.axis is TESTS[metafunc.function.__name__]]
            metafunc.parametrize("part", parts, ids=[part.name for part in parts])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.selected = [part for item in session.items if (part := _part(item))]


class Suite(Parts):
    """Also counts what becomes of the parts of a judgement.

    With `writable` a missing baseline is made.
    """

    def __init__(self, judgement: Judgement, *, writable: bool) -> None:
        super().__init__(parts_of(judgement))
        self.writable = writable
        self.interrupted = False
        self.unwritten: list[str] = []  # why baselines could not be written
        self._verdicts: dict[str, tuple[Verdict, ...]] = {}

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All verdicts, in the order of the judge; those left out are counted as that.

        Raises UncheckedError if pytest lost a test.
        """
        if lost := [p.name for p in self._parts if f"{p.axis} {p.name}" not in self._verdicts]:
            raise UncheckedError(f"pytest did not run the tests on {', '.join(lost)}")
        return tuple(v for p in self._parts for v in self._verdicts[f"{p.axis} {p.name}"])

    def pytest_keyboard_interrupt(self) -> None:
        self.interrupted = True

    @pytest.fixture
    def suite(self) -> "Suite":
        return self

    def count(self, part: Part) -> None:
        """Take the verdicts of a part into the totals."""
        self._verdicts[f"{part.axis} {part.name}"] = part.verdicts

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Parts that `-k` leaves out are not checked, and are counted as that."""
        for item in items:
            if part := _part(item):
                left_out = (
                    Verdict(
                        axis=verdict.axis,
                        scenario=verdict.scenario,
                        variant=verdict.variant,
                        step=verdict.step,
                        outcome=Outcome.LEFT_OUT,
                        reason="left out by -k",
                    )
                    for verdict in part.verdicts
                )
                self.count(replace(part, verdicts=tuple(left_out)))


def _part(item: pytest.Item) -> Part | None:
    """The part of a test; None for the test of an axis without parts, which pytest skips."""
    part = item.callspec.params["part"] if isinstance(item, pytest.Function) else None
    return part if isinstance(part, Part) else None


def select(parts: Sequence[Part], options: SuiteOptions) -> list[Part]:
    """The parts whose tests pytest would run. Raises UsageError for options that it refuses."""
    plugin = Parts(parts)
    with contextlib.redirect_stdout(io.StringIO()):
        _pytest(plugin, options, "pytest says why above", "--collect-only")
    return plugin.selected


def run_suite(
    judgement: Judgement,
    files: TargetFiles,
    options: SuiteOptions,
    *,
    writable: bool,
    quiet: bool,
) -> tuple[tuple[Verdict, ...], int]:
    """The verdicts on a target as the suite counts them, and the exit code that they give.

    With `quiet`, the output of pytest goes to a file. Raises UsageError for an expression that
    pytest refuses or that selects nothing, UncheckedError if pytest failed without a verdict.
    """
    suite = Suite(judgement, writable=writable)
    with contextlib.ExitStack() as stack:
        if quiet:
            stream = stack.enter_context(files.printed.open("w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(stream))
        temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="state-harness-"))
        junit = Path(temporary, "junit.xml")
        said = f"pytest says why in {files.printed}" if quiet else "pytest says why above"
        arguments = [f"--basetemp={temporary}/pytest", f"--junitxml={junit}"]
        arguments += [f"--override-ini=junit_suite_name={files.directory.name}"]
        code = _pytest(suite, options, said, *arguments)
        if junit.exists():
            write_whole(files.junit, junit.read_bytes())
    if suite.interrupted:
        raise KeyboardInterrupt
    if suite.unwritten:  # pytest says the same for each, and in a matrix to a file
        log.warning("%s: %s", files.directory.name, suite.unwritten[0])
    outcomes = [verdict.outcome for verdict in suite.verdicts]
    if not outcomes:
        raise UncheckedError("nothing was observed, and there is no baseline of anything")
    if code != pytest.ExitCode.TESTS_FAILED and all(outcome.silent for outcome in outcomes):
        raise nothing_checked(options)
    verdict_code = exit_code(outcomes)
    if code != pytest.ExitCode.OK and verdict_code == 0:
        raise UncheckedError(f"a test failed without a verdict: {said}")
    return suite.verdicts, verdict_code


def nothing_checked(options: SuiteOptions) -> UsageError:
    """The error of options that select nothing."""
    return UsageError(
        f"nothing was checked with {options.shown}; `-k` takes parts of scenario and variant names"
    )


def _pytest(plugin: Parts, options: SuiteOptions, said: str, *arguments: str) -> int:
    """The exit code of pytest on the tests of a target.

    Raises UsageError for options that pytest refuses; `said` is where pytest says why.
    """
    with _without_user_options():
        every = [str(HERE / "test_target.py"), *arguments, *_arguments(options)]
        code = pytest.main(every, [plugin])
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UsageError(f"pytest refuses {options.shown}: {said}")
    return int(code)


def _arguments(options: SuiteOptions) -> Iterator[str]:
    yield f"--config-file={HERE / 'pytest.ini'}"
    yield f"--rootdir={HERE}"
    yield "--override-ini=junit_family=xunit1"  # the family that holds properties of a test
    yield from ("--quiet", "--no-header", "--import-mode=importlib")
    yield from ("--tb=short", "-rN")  # each failure once; the last lines are the harness's
    # only the plugins that the tests use: others cost time, and none may change a verdict
    yield from ("--disable-plugin-autoload", "--assert=plain")
    yield from ("-p", "pytest_datadir.plugin", "-p", "pytest_regressions.plugin")
    yield from ("-p", "no:cacheprovider", "-p", "no:unraisableexception")
    if options.expression:
        yield f"-k={options.expression}"
    if options.force_regen:
        yield "--force-regen"
    yield from options.layout


@contextlib.contextmanager
def _without_user_options() -> Iterator[None]:
    """Without the options and plugins of the user for pytest, which could leave out tests or write
    baselines unseen.
    """
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
