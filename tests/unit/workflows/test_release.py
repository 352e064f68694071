"""The steps of a release, and what each of its jobs may do."""

from pathlib import Path

import pytest
import yaml

from tests.support.places import ROOT
from tests.support.workflows import WORKFLOWS, Job, Stage, jobs

RELEASE = jobs(WORKFLOWS["release.yml"])
VERSION = "1.2.0"

LOGGED = """
import os, sys
from pathlib import Path
with open(os.environ["LOG"], "a") as log:
    print(Path(sys.argv[0]).name, *sys.argv[1:], file=log)
"""

UV = """
Path("dist").mkdir()
Path("dist", "a-1-py3-none-any.whl").touch()
"""

# makes the virtual environment in which the wheel is tried, and else is Python
PYTHON = """
import os, shutil, sys
from pathlib import Path
if sys.argv[1:3] == ["-m", "venv"]:
    programs = Path(sys.argv[3], "bin")
    programs.mkdir(parents=True)
    for name in ("pip", "state-harness"):
        shutil.copy(Path(sys.argv[0]).with_name(name), programs)
else:
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

HARNESS = """
if list(Path.cwd().iterdir()):
    sys.exit("not in an empty directory")
if os.environ.get("BROKEN") == sys.argv[1]:
    sys.exit(1)
"""


@pytest.fixture
def runner(tmp_path: Path) -> Stage:
    stage = Stage(directory=tmp_path / "runner")
    (stage.checkout / "pyproject.toml").write_text(f'[project]\nversion = "{VERSION}"\n')
    for program, more in {"pip": "", "uv": UV, "state-harness": HARNESS}.items():
        stage.put(program, LOGGED + more)
    stage.put("python", PYTHON)
    return stage


def build(runner: Stage, tag: str = f"v{VERSION}", **variables: str) -> int:
    log = str(runner.directory / "log")
    return runner.play(RELEASE["build"]["steps"], {}, GITHUB_REF_NAME=tag, LOG=log, **variables)


def test_a_tag_builds_once_and_tries_the_wheel(runner: Stage) -> None:
    assert build(runner) == 0
    pins, built, installed, *tried = (runner.directory / "log").read_text().splitlines()
    assert pins.endswith("--requirement .github/requirements.txt")
    assert "--require-hashes" in pins
    assert built == "uv build --require-hashes --build-constraints .github/build-requirements.txt"
    assert installed == f"pip install {runner.checkout}/dist/a-1-py3-none-any.whl"
    assert tried == ["state-harness --help", "state-harness targets"]
    assert runner.used["Keep the distributions"]["path"] == "dist"


TAGS = ["v1.2", "1.2.0", "v1.2.0.dev1", "v1.2.1", "V1.2.0", "v1.2.0$(touch${IFS}planted)", "v*"]


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_of_another_version_is_not_built(tag: str, runner: Stage) -> None:
    assert build(runner, tag) == 1
    assert not (runner.directory / "log").exists()
    assert [each.name for each in runner.checkout.iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize("broken", ["--help", "targets"])
def test_a_wheel_that_does_not_work_is_not_kept(broken: str, runner: Stage) -> None:
    assert build(runner, BROKEN=broken) == 1
    assert "Keep the distributions" not in runner.used


def test_a_release_comes_from_a_tag_alone() -> None:
    content = yaml.safe_load(WORKFLOWS["release.yml"])
    assert content[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` as true
    assert content["permissions"] == {}


def test_what_is_published_was_attested_and_built_in_the_one_build() -> None:
    assert (RELEASE["attest"]["needs"], RELEASE["publish"]["needs"]) == ("build", "attest")
    assert all("if" not in job for job in RELEASE.values())
    for name in ("attest", "publish"):
        assert RELEASE[name]["steps"][0]["with"] == {"name": "dist", "path": "dist"}
    assert WORKFLOWS["release.yml"].count("uv build") == 1


PERMISSIONS = {
    "build": {"contents": "read"},
    "attest": {"attestations": "write", "id-token": "write"},
    "publish": {"id-token": "write"},
}


def test_each_job_of_a_release_has_the_permissions_that_it_needs_and_no_others() -> None:
    assert {name: job["permissions"] for name, job in RELEASE.items()} == PERMISSIONS
    assert "secrets" not in WORKFLOWS["release.yml"]  # a trusted publisher needs no password
    environments = {name: job.get("environment") for name, job in RELEASE.items()}
    assert environments == {"build": None, "attest": None, "publish": {"name": "pypi"}}


def lent(job: Job) -> bool:
    """Whether a job that can prove its identity runs a script, or code of the repository."""
    scripts = any("run" in step or "checkout" in step["uses"] for step in job["steps"])
    return scripts and "id-token" in job["permissions"]


def test_no_job_that_can_sign_runs_a_script() -> None:
    assert [name for name, job in RELEASE.items() if lent(job)] == []
    assert lent({**RELEASE["build"], "permissions": {"id-token": "write"}})


def test_the_version_is_where_the_step_looks_for_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project]\nname = "tensorflow-state-harness"\nversion = "' in text
