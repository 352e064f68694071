"""With --watch, a file that is saved runs again in a process that keeps TensorFlow imported."""

import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from harness.observing.records import Record, load_record
from tests.support.fakes import OTHER, SCRIPTS, TARGET, Fake
from tests.unit.commands.conftest import Call
from tests.unit.probe.probed import MARK, remaining

WAITING = "waiting for a change"
PARENT = "import os\nimport tensorflow\nparent = os.getppid()\n"
SCENARIO = """
import os
from steps import VARIANTS as _

VARIANTS = ("fixed",)


def scenario(_, step):
    with step("one") as see:
        see(output=float(os.getppid()), other={})
"""


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    root = tmp_path_factory.mktemp("watching") / "project"
    made = Fake.make(root, TARGET, OTHER, variables={MARK: str(root)})
    made.write_scenario("reset", SCENARIO.format(1))
    return made


class Watch:
    """A command that watches."""

    def __init__(self, fake: Fake, *arguments: str) -> None:
        self.fake = fake
        self.process = fake.start(*arguments, "--watch")

    def next(self) -> str:
        """What the command says on standard error, until it waits for the next change."""
        said = []
        for line in self.process.stderr or ():
            said.append(line)
            if WAITING in line:
                return "".join(said)
        raise AssertionError("".join(said))

    def end(self) -> tuple[int, str]:
        """The exit code after Ctrl-C, and what the command printed; no process of it remains."""
        self.process.send_signal(signal.SIGINT)
        printed, _ = self.process.communicate(timeout=30)
        assert not remaining(str(self.fake.root))
        return self.process.returncode, printed


@pytest.fixture
def watch(fake: Fake) -> Iterator[Callable[..., Watch]]:
    started: list[Watch] = []

    def start(*arguments: str) -> Watch:
        started.append(Watch(fake, *arguments))
        return started[-1]

    yield start
    for each in started:
        with each.process:
            each.process.terminate()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(PARENT, encoding="utf-8")
    return path


def save(path: Path, text: str) -> None:
    """Save a file at once, as editors do; half a file would be a change of its own."""
    beside = path.with_suffix(".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def record(fake: Fake, *place: str) -> Record:
    return load_record(fake.results.joinpath(*place, TARGET, "record.json"))


def value(seen: Record, name: str) -> Sequence[object]:
    [found] = {
        array.values
        for run in seen.runs
        for observation in run.observations
        for path, array in observation.arrays.items()
        if path == name
    }
    return found or ()


def test_a_saved_scenario_alone_runs_again_where_tensorflow_is_imported(
    fake: Fake, watch: Callable[..., Watch]
) -> None:
    watched = watch("run", TARGET)
    watched.next()
    before = record(fake, "watch")
    save(fake.project.scenarios / "reset.py", SCENARIO.format(2))
    said = watched.next()
    assert "s after the file was saved; warm: 1 target" in said
    after = record(fake, "watch")
    assert {run.scenario for run in before.runs} == {"reset", "stateful"}
    assert {run.scenario for run in after.runs} == {"reset"}
    assert (value(before, "other"), value(after, "other")) == ((1.0,), (2.0,))
    assert value(before, "output") == value(after, "output")  # the same process forked both
    save(fake.project.scenarios / "steps.py", 'VARIANTS = ("other",)\n')
    watched.next()
    assert {(run.scenario, run.variant) for run in record(fake, "watch").runs} == {
        ("reset", "fixed"),
        ("stateful", "other"),
    }
    code, printed = watched.end()
    assert code == 3  # there is no baseline, as the last check said
    assert printed.count("INCONCLUSIVE") == 3
    fake.write_scenario("steps", SCRIPTS["steps"])


def test_a_saved_script_runs_again_where_tensorflow_is_imported(
    fake: Fake, watch: Callable[..., Watch], script: Path
) -> None:
    watched = watch("try", str(script), "--on", TARGET, OTHER, "--memory", "1")
    assert "warm: 2 targets with" in watched.next()
    before = record(fake, "try", "script", "watch")
    save(script, PARENT + "import helper\nsaid = helper.said\n")
    watched.next()
    save(script.parent / "helper.py", "said = 7\n")
    assert "not warm" not in watched.next()
    after = record(fake, "try", "script", "watch")
    assert value(before, "parent") == value(after, "parent")
    assert value(after, "said") == (7.0,)
    code, printed = watched.end()
    assert code == 1  # each target has another parent
    assert printed.count("script.py on 2 targets") == 3


def test_without_memory_each_run_imports_tensorflow(
    fake: Fake, watch: Callable[..., Watch], script: Path
) -> None:
    watched = watch("try", str(script), "--on", TARGET, "--memory", "0")
    assert f"warm: 0 targets with 0.0 of 0.0 GB; not warm: {TARGET}; " in watched.next()
    before = record(fake, "try", "script", "watch")
    script.touch()
    watched.next()
    assert value(before, "parent") != value(record(fake, "try", "script", "watch"), "parent")


@pytest.mark.fault(
    "scripts",
    "a script that is watched begins to set environment variables before it imports TensorFlow",
    "it runs in a new process, before TensorFlow is imported",
)
def test_a_script_that_must_run_before_tensorflow_gets_a_new_process(
    fake: Fake, watch: Callable[..., Watch], script: Path
) -> None:
    sets = 'import os, sys\nos.environ["CHOSEN"] = "1"\n'
    looks = 'before = len({"tensorflow"} & {*sys.modules})\n'
    watched = watch("try", str(script), "--on", TARGET)
    watched.next()
    for _ in range(2):
        save(script, sets + looks + PARENT)
        watched.next()
        seen = record(fake, "try", "script", "watch")
        assert value(seen, "before") == (0.0,)
        assert seen.failure is None


@pytest.mark.fault(
    "scripts",
    "a script that is watched kills the process that keeps TensorFlow imported",
    "the target is told as not run; the next change has a new process",
)
def test_after_a_killed_process_the_next_change_has_a_new_one(
    fake: Fake, watch: Callable[..., Watch], script: Path
) -> None:
    watched = watch("try", str(script), "--on", TARGET)
    watched.next()
    # by its number: once it is dead, the other run has another parent
    [parent] = value(record(fake, "try", "script", "watch"), "parent")
    save(script, f"import os\nos.kill(int({parent}), 9)\n")
    assert "warm: 0 targets" in watched.next()
    save(script, PARENT)
    assert "warm: 1 target" in watched.next()
    code, printed = watched.end()
    assert code == 0, printed
    assert "the probe ended with SIGKILL" in printed


@pytest.mark.fault(
    "scenarios",
    "a scenario that is watched kills the process that keeps TensorFlow imported",
    "the target could not be checked; the next change has a new process",
)
def test_a_watch_goes_on_after_a_scenario_that_kills_its_process(
    fake: Fake, watch: Callable[..., Watch]
) -> None:
    watched = watch("run", TARGET, "-k", "reset")
    watched.next()
    [parent] = value(record(fake, "watch"), "output")
    kills = f"import os\n\n\ndef scenario(_, step):\n    os.kill(int({parent}), 9)\n"
    save(fake.project.scenarios / "reset.py", kills)
    assert "warm: 0 targets" in watched.next()
    save(fake.project.scenarios / "reset.py", SCENARIO.format(1))
    assert "warm: 1 target" in watched.next()
    code, printed = watched.end()
    assert code == 3  # there is no baseline
    assert "could not be checked: Crash: the probe ended with SIGKILL" in printed
    assert printed.count("INCONCLUSIVE") == 2


def test_no_baseline_is_written_while_a_file_is_watched(fake: Fake) -> None:
    done = fake.run("run", TARGET, "--watch", "--force-regen")
    assert done.returncode == 2
    assert "--force-regen: with --watch, no baseline is written" in done.stderr


@pytest.mark.parametrize("size", ["much", "-1", "nan", "inf"])
def test_memory_is_a_number_of_gigabytes(fake: Fake, size: str) -> None:
    done = fake.run("run", TARGET, "--watch", f"--memory={size}")
    assert done.returncode == 2
    assert f"{size!r} is no number of gigabytes" in done.stderr


@pytest.mark.parametrize("command", ["run tf-2.15", "try SCRIPT"])
def test_a_watch_that_is_interrupted_before_anything_was_checked_does_not_say_that_all_is_well(
    command: str, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def rounds(*_: object) -> Iterator[object]:
        yield from ()
        raise KeyboardInterrupt

    for name in ("watch_target", "watch_script"):
        monkeypatch.setattr(f"harness.running.watching.{name}", rounds)
    script = tmp_path / "script.py"
    script.touch()
    assert call(*command.replace("SCRIPT", str(script)).split(), "--watch") == 130
