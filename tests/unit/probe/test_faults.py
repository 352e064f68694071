"""A scenario that misuses its process ends itself alone, and no process outlives the probe."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.base.project import PROBE
from harness.environments.virtual_environments import Environment
from tests.support.samples import NUMPY, make_environment
from tests.unit.probe.probed import (
    COMPLETES,
    FIXED,
    MARK,
    command,
    marked,
    probe,
    remaining,
    write_scenarios,
)

HEAD = """
import fcntl, os, stat, subprocess, sys, time
import numpy as np


def pipes():
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            is_pipe = stat.S_ISFIFO(os.fstat(fd).st_mode)
            if is_pipe and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
                yield fd
        except OSError:
            pass


def write_to_the_pipe(data):
    [fd] = pipes()
    while data:
        data = data[os.write(fd, data):]


def orphan():
    reading, writing = os.pipe()
    first = os.fork()
    if first == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writing, str(os.getpid()).encode())
            time.sleep(300)
        os._exit(0)
    os.waitpid(first, 0)
    pid = int(os.read(reading, 20))
    assert os.getsid(pid) != os.getsid(0)
    return pid


def scenario(variant, step):
    with step("one") as see:
        see(output=1.0)
"""

GARBAGE = "wrote into the pipe through which the probe gets messages"
LIMIT = "took longer than 2 s"

# the lines after the first step, how the run ends, and the words of the reason
FAULTS: dict[str, tuple[str, str, str | None]] = {
    "nothing": ("pass", "completed", None),
    "text in the pipe": ("write_to_the_pipe(b'text\\n')", "crashed", GARBAGE),
    "text without an end in the pipe": ("write_to_the_pipe(b'text')", "crashed", GARBAGE),
    "bytes in the pipe": ("write_to_the_pipe(b'\\xff\\xfe\\n')", "crashed", GARBAGE),
    "an empty line in the pipe": ("write_to_the_pipe(b'\\n')", "crashed", GARBAGE),
    "a list in the pipe": ("write_to_the_pipe(b'[]\\n')", "crashed", GARBAGE),
    "a number in the pipe": ("write_to_the_pipe(b'5\\n')", "crashed", GARBAGE),
    "null in the pipe": ("write_to_the_pipe(b'null\\n')", "crashed", GARBAGE),
    "a text of JSON in the pipe": ("write_to_the_pipe(b'\"a\"\\n')", "crashed", GARBAGE),
    "many lists in lists in the pipe": (
        "write_to_the_pipe(b'[' * 100_000 + b'\\n')",
        "crashed",
        GARBAGE,
    ),
    "another part in the pipe": ("write_to_the_pipe(b'{\"part\": 99}\\n')", "crashed", GARBAGE),
    "an end in the pipe": ("write_to_the_pipe(b'{\"done\": true}\\n')", "crashed", GARBAGE),
    "NaN in the pipe": ("write_to_the_pipe(b'{\"part\": NaN}\\n')", "crashed", GARBAGE),
    "garbage without end in the pipe": (
        "while True: write_to_the_pipe(b'garbage' * 10_000)",
        "crashed",
        GARBAGE,
    ),
    "garbage without end in the pipe, slowly": (
        "while True: write_to_the_pipe(b'garbage'), time.sleep(0.01)",
        "timed out",
        LIMIT,
    ),
    "the same text to standard output": ("os.write(1, b'text\\n[]\\n5\\n')", "completed", None),
    "all file descriptors closed": ("os.closerange(0, 256)", "crashed", "left with exit code 1"),
    "all file descriptors closed, and an error": (
        "print('text', file=sys.stderr)\nsys.stderr.write('text')\nos.closerange(0, 256)\n1 / 0",
        "crashed",
        "left with exit code 1",
    ),
    "all file descriptors closed, and asleep": (
        "os.closerange(0, 256)\ntime.sleep(300)",
        "crashed",
        "closed its pipe, and went on for 5 s",
    ),
    "standard input closed": ("os.close(0)", "completed", None),
    "a child": ("subprocess.Popen(['sleep', '300'])", "completed", None),
    "a child in a session of its own": (
        "subprocess.Popen(['sleep', '300'], start_new_session=True)",
        "completed",
        None,
    ),
    "an orphan in a session of its own": ("orphan()", "completed", None),
    "an orphan, and an error": ("orphan()\n1 / 0", "broken", "ZeroDivisionError"),
    "an orphan, and an exit": (
        "orphan()\nos._exit(3)",
        "timed out",  # the orphan holds the pipe open
        LIMIT,
    ),
    "many orphans": ("for _ in range(10): orphan()", "completed", None),
    "a crash": ("os.kill(os.getpid(), 9)", "crashed", "ended by SIGKILL"),
    "a signal without a name": ("os.kill(os.getpid(), 40)", "crashed", "ended by signal 40"),
    "sleep": ("time.sleep(300)", "timed out", LIMIT),
    "sleep, deaf to all signals": (
        "import signal\n"
        "for n in set(range(1, 32)) - {9, 19}: signal.signal(n, signal.SIG_IGN)\n"
        "time.sleep(300)",
        "timed out",
        LIMIT,
    ),
}


def faulty(lines: str) -> str:
    """A scenario with a step, some lines, and another step."""
    body = "\n".join(f"    {line}" for line in lines.splitlines())
    return f"{FIXED}{HEAD}{body}\n    with step('two') as see: see(output=2.0)\n"


@pytest.mark.fault(
    "processes",
    "a child closes its file descriptors and sleeps",
    "it is ended after 5 s; its run is crashed, the others are observed",
)
@pytest.mark.fault(
    "processes",
    "a child sleeps, deaf to all signals",
    "its time limit ends it; the others are observed",
)
@pytest.mark.fault(
    "processes", "a grandchild in a session of its own", "it is ended after its scenario"
)
@pytest.mark.fault(
    "processes",
    "a scenario writes garbage into the pipe of messages",
    "its run is crashed, the others are observed",
)
@pytest.mark.parametrize(("lines", "end", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_ends_its_own_run_alone_and_leaves_no_process_and_no_file(
    lines: str, end: str, reason: str | None, environment: Environment, tmp_path: Path
) -> None:
    mark, temporary = str(tmp_path), tmp_path / "temporary"
    temporary.mkdir()
    assert marked(mark) == []
    probed = probe(
        environment,
        tmp_path,
        {"a": FIXED + COMPLETES, "b": faulty(lines), "c": FIXED + COMPLETES},
        "--time-limit=2" if end == "timed out" else "--time-limit=60",
        variables={MARK: mark, "TMPDIR": str(temporary)},
    )
    assert remaining(mark, seconds=0.5) == []
    assert list(temporary.iterdir()) == []
    run = probed.run("b")
    assert run.end == end
    assert (reason or "") in (run.detail or "")
    steps = [observation.step for observation in run.observations]
    assert steps == (["one", "two"] if end == "completed" else ["one"])
    assert [probed.run(name).end for name in "ac"] == ["completed", "completed"]
    assert probed.record.failure is None
    assert probed.seconds < 20


def test_a_process_of_the_probe_is_found_while_it_runs(
    environment: Environment, tmp_path: Path
) -> None:
    looks = (
        "marks = [open(f'/proc/{pid}/environ').read() for pid in (os.getppid(), orphan())]\n"
        f"assert all('{MARK}={tmp_path}' in text for text in marks)"
    )
    probed = probe(environment, tmp_path, {"a": faulty(looks)}, variables={MARK: str(tmp_path)})
    assert probed.run("a").end == "completed"
    assert marked(str(tmp_path)) == []


# the variants take half of their time limit each, and more than it together
SLOW = """
import time
VARIANTS = ("one", "two", "three")


def scenario(variant, step):
    with step("one") as see:
        time.sleep(1.5)
        see(output=1.0)
"""


@pytest.mark.fault(
    "processes",
    "a child closes its pipe and sleeps while another one works",
    "the other has its whole time limit",
)
def test_a_child_that_goes_on_without_its_pipe_takes_no_time_from_another(
    environment: Environment, tmp_path: Path
) -> None:
    files = {"a": faulty("os.closerange(0, 256)\ntime.sleep(300)"), "b": SLOW}
    probed = probe(environment, tmp_path, files, "--time-limit=3", "--jobs=2")
    assert probed.run("a").end == "crashed"
    ends = [(run.variant, run.end) for run in probed.record.runs if run.scenario == "b"]
    assert ends == [(name, "completed") for name in ("one", "two", "three")]


@pytest.mark.fault(
    "processes", "a step sees an array of 32 MB", "it is recorded within the time limit"
)
@pytest.mark.parametrize("count", [1, 2_700_000], ids=["a few bytes", "32 MB"])
def test_an_array_arrives_within_seconds(
    count: int, environment: Environment, tmp_path: Path
) -> None:
    body = f"    with step('two') as see: see(output=np.full({count}, 1_234_567_890))\n"
    probed = probe(environment, tmp_path, {"a": f"{FIXED}{HEAD}{body}"}, "--time-limit=20")
    run = probed.run("a")
    assert (run.end, run.detail) == ("completed", None)
    assert run.observations[1].arrays["output"].values == (1_234_567_890,) * count
    assert probed.seconds < 30


@pytest.mark.fault(
    "processes", "the text of an error has 16 MB", "it is recorded within the time limit"
)
@pytest.mark.parametrize("size", [1, 16_000_000], ids=["a few bytes", "32 MB"])
def test_an_error_and_its_traceback_arrive_within_seconds(
    size: int, environment: Environment, tmp_path: Path
) -> None:
    body = f"    with step('two'): raise ValueError('x' * {size})\n"
    probed = probe(environment, tmp_path, {"a": f"{FIXED}{HEAD}{body}"}, "--time-limit=10")
    run = probed.run("a")
    assert (run.end, run.detail) == ("completed", None)
    assert run.observations[1].error is not None
    assert run.observations[1].error.message == "x" * size
    assert probed.seconds < 15


# starts the probe as the harness does, says so, and waits until it is killed
PARENT = """
import subprocess, sys
probe = subprocess.Popen(sys.argv[2:], process_group=0)
open(sys.argv[1], "w").close()
probe.wait()
"""
ASLEEP = faulty("open(os.environ['BEGUN'], 'w').close()\ntime.sleep(300)")
SLOW_IMPORT = "import os, time\nopen(os.environ['BEGUN'], 'w').close()\ntime.sleep(300)\n"


@pytest.mark.fault(
    "processes",
    "SIGKILL of the harness while scenarios run, or while TensorFlow is imported",
    "probe and children end; there is no half record",
)
@pytest.mark.parametrize("importing", [False, True], ids=["a scenario runs", "importing"])
def test_a_harness_that_is_killed_leaves_no_probe_and_no_child(
    *, importing: bool, environment: Environment, tmp_path: Path
) -> None:
    mark, begun = str(tmp_path), tmp_path / "begun"
    write_scenarios(tmp_path / "scenarios", {"a": ASLEEP, "b": FIXED + COMPLETES})
    if importing:
        package = tmp_path / "packages" / "tensorflow"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(SLOW_IMPORT, encoding="utf-8")
        environment = make_environment(tmp_path / "slow", tmp_path / "packages", NUMPY)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "started", *command(environment, tmp_path)],
        env={**os.environ, MARK: mark, "BEGUN": str(begun)},
    )
    wait_for(begun)
    time.sleep(0.5)  # while its parent lives, nothing ends
    assert parent.poll() is None
    assert len(marked(mark)) == (2 if importing else 3)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert remaining(mark, seconds=5) == []
    assert not (tmp_path / "record.json").exists()


def test_a_probe_goes_on_after_a_signal_that_its_parent_survives(
    environment: Environment, tmp_path: Path
) -> None:
    write_scenarios(tmp_path / "scenarios", {"a": FIXED + COMPLETES})
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "started", *command(environment, tmp_path)]
    ) as parent:
        wait_for(tmp_path / "started")
        parent.send_signal(signal.SIGCONT)
    assert parent.returncode == 0
    assert (tmp_path / "record.json").exists()


@pytest.mark.fault(
    "processes", "the parent ends before its child can ask to end with it", "the child ends at once"
)
@pytest.mark.parametrize("alive", [True, False], ids=["alive", "gone already"])
def test_a_process_whose_parent_is_gone_already_ends_at_once(*, alive: bool) -> None:
    parent = os.getpid() if alive else 1
    script = f"import linux; linux.end_with({parent}); print('goes on')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROBE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == ((0, "goes on\n") if alive else (1, ""))


def wait_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert path.exists()


def test_a_time_limit_may_be_longer_than_the_system_can_wait(
    environment: Environment, tmp_path: Path
) -> None:
    probed = probe(environment, tmp_path, {"a": FIXED + COMPLETES}, "--time-limit=99999999")
    assert probed.record.failure is None
    assert probed.run("a").end == "completed"
