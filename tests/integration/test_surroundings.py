"""Real targets in odd surroundings: an odd path, no home, and signals to a matrix."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from uv import find_uv_bin

from harness.observing.records import load_record
from tests.integration.command_line import Harness
from tests.support.places import CANONICAL, ROOT
from tests.unit.probe.probed import CODES, MARK, marked, remaining

TARGET, OTHER = "tf-2.15", "tf-2.21"


@pytest.mark.fault(
    "disks and folders",
    "a path with spaces, quotes and letters of other scripts, a time zone half an hour off, "
    "another locale, an umask of 077 and an empty home, with a real TensorFlow",
    "the environment is made, the target passes, the report is written; home and the directory for "
    "temporary files stay empty",
)
def test_a_target_passes_in_odd_surroundings_and_leaves_nothing_there(tmp_path: Path) -> None:
    root = tmp_path / "a  b 'c\" d" / "é \u2014 日本"
    places = {name: root / name for name in ("environments", "results")}
    homes = {"HOME": root / "home", "TMPDIR": root / "temporary"}
    for home in homes.values():
        home.mkdir(parents=True)
    # those of the user are below the real home
    cache = subprocess.run(
        [find_uv_bin(), "cache", "dir"], capture_output=True, text=True, check=True
    )
    variables = {
        **{name: str(path) for name, path in homes.items()},
        "TZ": "America/St_Johns",
        "LC_ALL": "tr_TR.UTF-8",
        "CI": "true",
        "UV_CACHE_DIR": cache.stdout.strip(),
        "PYENV_ROOT": os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")),
    }
    harness = Harness(project=CANONICAL.with_places(**places))
    before = os.umask(0o077)
    try:
        for command in (("run", TARGET), ("report",)):
            done = subprocess.run(
                harness.command(*command),
                cwd=ROOT,
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    finally:
        os.umask(before)
    assert [path for home in homes.values() for path in home.rglob("*")] == []


@pytest.mark.fault(
    "environments",
    "a processor for which TensorFlow uses oneDNN, or one for which it does not",
    "the target passes: neither values nor error messages tell the processors apart",
)
@pytest.mark.parametrize("name", [OTHER, TARGET])
def test_a_target_passes_with_onednn_and_without(name: str, tmp_path: Path) -> None:
    harness = Harness(project=CANONICAL.with_places(results=tmp_path))
    for turned in ("0", "1"):
        done = subprocess.run(
            harness.command("run", name),
            cwd=ROOT,
            env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": turned, "CI": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        environment = load_record(tmp_path / name / "record.json").environment
        assert environment is not None
        assert environment.onednn == turned


@pytest.mark.fault(
    "processes",
    "SIGTERM, SIGINT or SIGKILL of a matrix of two real targets",
    "exit code 143, 130 or 137, no process of it is left; the next matrix passes",
)
@pytest.mark.parametrize(("number", "code"), CODES.values(), ids=CODES)
def test_a_matrix_of_real_targets_ends_with_all_its_processes(
    number: int, code: int, harness: Harness, tmp_path: Path
) -> None:
    mark = str(tmp_path)
    command = harness.command("matrix", "--jobs=2", TARGET, OTHER)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, MARK: mark, "CI": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    # the matrix, its two workers with what multiprocessing adds, two probes, a child of each
    while len(marked(mark)) < 8:
        assert time.monotonic() < until, "the probes have no children"
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    assert process.wait(10) == code
    assert remaining(mark, seconds=3) == []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = "2 targets: 2 unchanged, 0 noticed, 0 fixed, 0 regressed, 0 inconclusive"
    assert expected in done.stdout
    assert not (harness.project.results / "matrix.json").exists()
