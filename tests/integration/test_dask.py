"""A matrix on a Dask cluster: a real scheduler and real workers, and a stand-in for TensorFlow."""

import functools
import json
import shutil
import signal
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from harness.base.project import PACKAGE
from harness.judging.criteria import Criteria
from harness.running import workers
from harness.running.check import Checking
from harness.running.matrix import pack
from harness.running.parcels import run_parcel
from tests.integration.clusters import Cluster
from tests.support.fakes import OTHER, SLEEPS, TARGET, Fake, wait_for
from tests.support.places import TARGETS
from tests.unit.probe.probed import remaining


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """Two targets with baselines, whose scenario sleeps while a file is there."""
    variables = {"ASLEEP": str(tmp_path / "asleep")}
    made = Fake.make(tmp_path / "project", TARGET, OTHER, variables=variables)
    made.write_scenario("sleeps", SLEEPS)
    assert made.run("matrix", TARGET, OTHER).returncode == 3  # writes the baselines
    return made


def on(cluster: Cluster, fake: Fake) -> tuple[str, ...]:
    """A matrix on the cluster, whose environments are those of the project."""
    environments = f"--environments={fake.project.environments}"
    return (environments, "matrix", TARGET, OTHER, f"--dask={cluster.address}")


def verdicts(fake: Fake) -> dict[str, Any]:
    """All that the last check of each target came to, apart from the seconds."""
    found = {}
    for name in (TARGET, OTHER):
        path = fake.results / name / "verdicts.json"
        found[name] = json.loads(path.read_text(encoding="utf-8")) | {"seconds": None}
    return found


@pytest.mark.fault(
    "processes",
    "a worker of a Dask cluster is killed while it checks a target",
    "another worker checks the target; the results are those of a local matrix",
)
def test_a_matrix_with_a_killed_worker_gives_what_a_local_one_gives(
    cluster: Cluster, fake: Fake
) -> None:
    assert fake.run("matrix", TARGET, OTHER).returncode == 0
    local = verdicts(fake)
    shutil.rmtree(fake.results)
    (cluster.root / "asleep").touch()
    first = cluster.worker("first")
    matrix = fake.start(*on(cluster, fake))
    wait_for((cluster.root / "begun").exists)
    first.send_signal(signal.SIGKILL)
    wait_for(lambda: not remaining("first"))  # neither the probe nor its children
    (cluster.root / "asleep").unlink()
    cluster.worker("second")
    printed, said = matrix.communicate(timeout=120)
    assert matrix.returncode == 0, said
    assert "2 targets: 2 unchanged" in printed
    assert verdicts(fake) == local
    assert {path.name for path in (fake.results / TARGET).iterdir()} >= {
        *("record.json", "verdicts.json", "junit.xml", "pytest.txt", "probe.log")
    }


def test_a_script_does_on_the_cluster_what_it_does_here(
    cluster: Cluster, fake: Fake, tmp_path: Path
) -> None:
    """Its modules and packages go with it, and what is said of files is said of those here."""
    places = {
        "helper.py": "RATE = 0.5\n",
        "package/__init__.py": "",
        "package/deep/__init__.py": "def fail(path):\n    raise ValueError(path)\n",
        "data/ignored.py": "",
        "my script.py": """\
            import sys
            from helper import RATE
            from package.deep import fail
            x = [RATE, len(sys.argv)]
            print(x)
            fail(__file__)
            """,
    }
    for name, text in places.items():
        path = tmp_path / "scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    command = ("try", str(tmp_path / "scripts" / "my script.py"), "--on", TARGET, OTHER)
    end = ("--format=json", "--", "one", "two")
    assert fake.run(*command, *end).returncode == 0
    records = fake.results / "try" / "my script"
    local = (records / "try.json").read_bytes()
    shutil.rmtree(records)
    cluster.worker("only")
    environments = f"--environments={fake.project.environments}"
    far = fake.run(environments, *command, f"--dask={cluster.address}", *end)
    assert far.returncode == 0, far.stderr
    assert (records / "try.json").read_bytes() == local
    assert "raises ValueError at line 6" in json.loads(local)["headline"]
    record = (records / TARGET / "record.json").read_text(encoding="utf-8")
    assert str(tmp_path / "scripts" / "package" / "deep") in record


def test_a_repository_is_checked_on_the_cluster_as_here(cluster: Cluster, fake: Fake) -> None:
    there = (f"--environments={fake.project.environments}", "check", f"--dask={cluster.address}")
    found = fake.results / "check" / "check.json"
    with (fake.root / "pyproject.toml").open("a", encoding="utf-8") as table:
        table.write(f'scripts = ["own.py"]\ntargets = ["{TARGET}", "{OTHER}"]\n')
    helper = fake.root / "helper.py"
    helper.write_text("RATE = 0.5\n", encoding="utf-8")
    (fake.root / "own.py").write_text("from helper import RATE\nprint(RATE)\n", encoding="utf-8")
    cluster.worker("only")
    assert fake.run(*there).returncode == 3  # writes the baselines
    assert fake.run("check").returncode == 0
    assert fake.run(*there).returncode == 0
    helper.write_text("RATE = 0.25\n", encoding="utf-8")
    assert fake.run("check").returncode == 1
    local = found.read_bytes()
    shutil.rmtree(fake.results)
    assert fake.run(*there).returncode == 1
    assert found.read_bytes() == local
    night = fake.run(*(option.replace("check", "nightly") for option in there))
    assert night.returncode == 1, night.stderr
    [issue] = (fake.project.archive / "issues").glob("*.md")
    assert "0.25" in issue.read_text(encoding="utf-8")


def test_a_night_checks_its_targets_on_the_cluster(cluster: Cluster, fake: Fake) -> None:
    cluster.worker("only")
    night = on(cluster, fake)[0], "nightly", *on(cluster, fake)[2:]
    done = fake.run(*night)
    assert done.returncode == 0, done.stderr
    assert (fake.results / "night.json").exists()
    (cluster.root / "asleep").write_text("", encoding="utf-8")
    late = fake.run(*night, "--time-limit=1")  # the scenario sleeps for longer
    assert late.returncode != 0
    assert f"{OTHER} INCONCLUSIVE" in late.stdout


def test_a_baseline_that_a_worker_makes_comes_back(cluster: Cluster, fake: Fake) -> None:
    before = {path: path.read_bytes() for path in fake.baselines.rglob("*.json")}
    shutil.rmtree(fake.baselines)
    cluster.worker("only")
    assert fake.run(*on(cluster, fake)).returncode == 3
    assert {path: path.read_bytes() for path in fake.baselines.rglob("*.json")} == before


@pytest.mark.fault(
    "processes",
    "a worker of a Dask cluster has another version of the harness",
    "the target could not be checked, exit code 3",
)
def test_a_worker_with_another_harness_checks_nothing(
    cluster: Cluster, fake: Fake, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(PACKAGE, other / PACKAGE.name)
    with (other / PACKAGE.name / "judging" / "judge.py").open("a", encoding="utf-8") as stream:
        stream.write("# another line\n")
    cluster.worker("other", other)
    done = fake.run(*on(cluster, fake))
    assert done.returncode == 3
    assert "has another harness; install the same files there" in done.stdout


@pytest.mark.fault(
    "processes",
    "the last worker of a Dask cluster is killed, and no other one comes",
    "the targets wait, and a warning says that the cluster has no worker left",
)
def test_a_cluster_that_lost_its_last_worker_says_so(
    cluster: Cluster, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cluster.root / "asleep").touch()
    monkeypatch.setattr(workers, "PATIENCE", 1)
    only = cluster.worker("only")
    targets = [TARGETS[TARGET], TARGETS[OTHER]]
    criteria, how = Criteria(), Checking(jobs=1, quiet=True)
    parcels = [pack(each, fake.project, criteria, how) for each in targets]
    check = functools.partial(run_parcel, environments=fake.project.environments)
    done = workers.in_cluster(check, parcels, cluster.address)
    assert next(done)[0].name == TARGET  # the other one sleeps
    only.kill()
    cluster_is_empty = threading.Event()
    monkeypatch.setattr(workers.log, "warning", lambda *_: cluster_is_empty.set())
    waiting = threading.Thread(target=lambda: [*done], daemon=True)
    waiting.start()
    assert cluster_is_empty.wait(60)
    (cluster.root / "asleep").unlink()
    cluster.worker("another")
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_scheduler_without_a_worker_is_refused(cluster: Cluster, fake: Fake) -> None:
    done = fake.run(*on(cluster, fake))
    assert done.returncode == 2
    assert f"start one with `dask worker {cluster.address} --nthreads 1`" in done.stderr


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:1", "--dask tcp://127.0.0.1:1: no scheduler of Dask answers there"),
        ("", "--dask: the address is empty"),
    ],
)
def test_an_address_without_a_scheduler_is_refused(fake: Fake, address: str, said: str) -> None:
    done = fake.run("matrix", TARGET, f"--dask={address}")
    assert done.returncode == 2
    assert said in done.stderr
