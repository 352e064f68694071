"""The action and the reusable workflow, played with a harness that only notes its arguments."""

import json
import re
from pathlib import Path

import pytest
import yaml

from harness.commands import parser
from tests.support.places import ROOT
from tests.support.workflows import ACTION, WORKFLOWS, Stage, jobs

STEPS = jobs(ACTION)["action"]["steps"]
CHECK = jobs(WORKFLOWS["check.yml"])

JOBS = [
    {"job": "tf-2.20+1", "targets": "tf-2.20 tf-2.21", "python": "3.13"},
    {"job": "tf-2.15", "targets": "tf-2.15", "python": "3.11"},
    {"job": "tf-2.14", "targets": "tf-2.14", "python": "3.11"},
]

PIP = """
import json, os, sys
with open(os.environ["LOG"], "a") as log:
    print(json.dumps(["pip", *sys.argv[1:]]), file=log)
"""

# it lists the jobs, or writes what a check leaves and ends with CODE; 2 is wrong use
HARNESS = f"""
import json, os, sys
from pathlib import Path
arguments = sys.argv[1:]
with open(os.environ["LOG"], "a") as log:
    print(json.dumps(arguments), file=log)
code = int(os.environ["CODE"])
if code != 2 and "--ci-matrix" in arguments:
    print(json.dumps({{"include": {JOBS!r}}}))
    sys.exit()
if code != 2:
    results = Path(arguments[1], "check")
    (results / "script" / "tf-2.15").mkdir(parents=True)
    (results / "check.md").write_text("what was found")
    (results / "script" / "tf-2.15" / "record.json").touch()
sys.exit(code)
"""


class Checking(Stage):
    """A runner that has pip and the harness as stand-ins, and other files in the check-out."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.put("pip", PIP)
        self.put("state-harness", HARNESS)
        (self.checkout / "another-file").touch()

    def act(self, code: int = 0, *, scripts: str = "", targets: str = "") -> int:
        """The exit code of the action, with a check that ends with `code`."""
        values = {"scripts": scripts, "targets": targets, "artifact": "check"}
        inputs = {f"inputs.{name}": value for name, value in values.items()}
        return self.play(STEPS, inputs, **self.variables(code), GITHUB_ACTION_PATH="/the action")

    def work(
        self,
        job: str,
        code: int = 0,
        *,
        scripts: str = "",
        targets: str = "",
        harness: str = "the-harness==1",
    ) -> int:
        """The exit code of a job of the reusable workflow; that of a target is the first of all."""
        values = {"scripts": scripts, "targets": targets, "harness": harness}
        known = {f"inputs.{name}": value for name, value in values.items()}
        known |= {f"matrix.{name}": value for name, value in JOBS[0].items()}
        return self.play(CHECK[job]["steps"], known, **self.variables(code))

    def variables(self, code: int) -> dict[str, str]:
        return {"CODE": str(code), "LOG": str(self.directory / "log")}

    def logged(self, program: str = "") -> list[list[str]]:
        """The arguments of each call of pip, or of the harness."""
        log = self.directory / "log"
        calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [call for call in calls if (call[0] == "pip") == (program == "pip")]


@pytest.fixture
def runner(tmp_path: Path) -> Checking:
    return Checking(directory=tmp_path / "runner")


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_action_ends_as_the_check_and_keeps_what_it_found(code: int, runner: Checking) -> None:
    assert runner.act(code) == code
    assert runner.summary == "what was found"
    kept = runner.used["Keep the page and the records"]
    assert kept["name"] == "check"
    assert Path(kept["path"], "check", "script", "tf-2.15", "record.json").is_file()
    assert runner.temporary in Path(kept["path"]).parents


def test_wrong_use_ends_the_action_before_anything_is_set_up(runner: Checking) -> None:
    assert runner.act(2) == 2
    assert runner.summary == ""
    assert set(runner.used) == {"Set up the Python that runs the harness"}
    assert len(runner.logged()) == 1


def test_a_check_that_wrote_nothing_has_no_summary(runner: Checking) -> None:
    steps = [each for each in STEPS if each["name"] != "Find the Pythons of the targets"]
    values = dict.fromkeys(("inputs.scripts", "inputs.targets", "inputs.artifact"), "")
    values["steps.find.outputs.pythons"] = "3.11"
    assert runner.play(steps, values, **runner.variables(2), GITHUB_ACTION_PATH="a") == 2
    assert runner.summary == ""


def test_the_action_sets_up_each_python_once_and_its_own_last(runner: Checking) -> None:
    assert runner.act() == 0
    name = "Set up the Pythons of the targets, and last the one that runs the harness"
    assert runner.used[name]["python-version"].split() == ["3.11", "3.13", "3.12"]
    assert runner.used["Set up the Python that runs the harness"]["python-version"] == "3.12"


def test_the_action_installs_the_harness_of_its_own_commit(runner: Checking) -> None:
    runner.act()
    needs, own = runner.logged("pip")
    assert needs[-1] == "/the action/.github/requirements.txt"
    assert "--require-hashes" in needs
    assert own == ["pip", "install", "--no-deps", "/the action"]


def test_the_action_used_twice_in_a_job_mixes_nothing(runner: Checking) -> None:
    runner.act()
    first = runner.used["Keep the page and the records"]["path"]
    runner.outputs.clear()
    assert runner.act(2) == 2
    assert runner.summary == "what was found"
    runner.act()
    assert runner.used["Keep the page and the records"]["path"] != first


# the inputs, and the arguments that the harness gets for them
ARGUMENTS: dict[str, tuple[str, str, list[str]]] = {
    "nothing": ("", "", []),
    "spaces alone": (" ", "\n", []),
    "targets": ("", "tf-2.15 tf-2.21", ["--on", "tf-2.15", "tf-2.21"]),
    "targets on lines": ("", "tf-2.15\ntf-2.21\n", ["--on", "tf-2.15", "tf-2.21"]),
    "a script": ("scripts/a.py", "", ["scripts/a.py"]),
    "both": ("a.py\nb.py", "keras", ["a.py", "b.py", "--on", "keras"]),
    "a candidate": ("", "tensorflow==2.12.0", ["--on", "tensorflow==2.12.0"]),
}

# words at which a shell would do something
HOSTILE = [
    "$(touch${IFS}planted)",
    "`touch${IFS}planted`",
    '";touch${IFS}planted;"',
    "';touch${IFS}planted;'",
    "a&&touch${IFS}planted",
    "a|tee${IFS}planted",
    "a>planted",
    "a[$(touch${IFS}planted)]",
    "matrix=[]",
    "$HOME",
    "~",
    "*",
    "\\",
]
WORDS = "\n".join(HOSTILE)
ARGUMENTS |= {
    "hostile targets": ("", WORDS, ["--on", *HOSTILE]),
    "hostile scripts": (WORDS, "", HOSTILE),
}


@pytest.mark.parametrize(("scripts", "targets", "given"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_an_input_of_the_action_reaches_the_harness_as_words(
    scripts: str, targets: str, given: list[str], runner: Checking
) -> None:
    assert runner.act(scripts=scripts, targets=targets) == 0
    listed, checked = runner.logged()
    assert parser().parse_args(listed).ci_matrix
    assert listed == ["check", *given, "--ci-matrix"]
    assert checked == ["--results", *checked[1:2], "check", *given]
    assert [each.name for each in runner.checkout.iterdir()] == ["another-file"]


@pytest.mark.parametrize(("scripts", "targets", "given"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_an_input_of_the_workflow_reaches_the_harness_as_words(
    scripts: str, targets: str, given: list[str], runner: Checking
) -> None:
    results = str(runner.temporary / "results")
    records = str(runner.temporary / "records")
    assert runner.work("matrix", scripts=scripts, targets=targets) == 0
    assert runner.work("judge", scripts=scripts, targets=targets) == 0
    listed, judged = runner.logged()
    assert listed == ["check", *given, "--ci-matrix"]
    assert judged == ["--results", results, "check", *given, "--records", records]
    assert parser().parse_args(judged).records == Path(records)
    assert [each.name for each in runner.checkout.iterdir()] == ["another-file"]
    assert json.loads(runner.outputs["steps.matrix.outputs.matrix"]) == {"include": JOBS}


def test_an_input_of_the_workflow_reaches_the_job_of_a_target_as_words(runner: Checking) -> None:
    assert runner.work("target", scripts=WORDS) == 0
    [checked] = runner.logged()
    assert checked[2:] == ["check", *HOSTILE, "--on", "tf-2.20", "tf-2.21"]


@pytest.mark.parametrize("job", CHECK)
def test_the_workflow_installs_one_requirement(job: str, runner: Checking) -> None:
    assert runner.work(job, harness=WORDS) == 0
    assert runner.logged("pip") == [["pip", "install", "--", WORDS]]
    assert [each.name for each in runner.checkout.iterdir()] == ["another-file"]


OPTIONS = ["--ci-matrix", "tf-2.15 --force-regen", "tf-2.15\n--records a", " -v", "tf-2.15\t-v"]


@pytest.mark.parametrize("text", OPTIONS)
def test_an_input_is_never_an_option(text: str, runner: Checking) -> None:
    assert runner.act(scripts=text) == 2
    assert runner.act(targets=text) == 2
    assert runner.work("matrix", scripts=text) == 2
    assert runner.work("matrix", targets=text) == 2
    assert runner.logged() == []


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_workflow_judges_the_records_of_all_jobs(code: int, runner: Checking) -> None:
    assert runner.work("matrix") == 0
    assert runner.work("target", code) == code
    kept = runner.used["Keep the records"]
    assert kept["name"] == "check-tf-2.20+1"
    assert Path(kept["path"], "check", "script", "tf-2.15", "record.json").is_file()
    Path(kept["path"]).rename(runner.temporary / "the results of another runner")

    runner.outputs.clear()
    assert runner.work("judge", code) == code
    assert runner.summary == "what was found"
    fetched = runner.used["Fetch the records"]
    assert runner.logged()[-1][-2:] == ["--records", fetched["path"]]
    page = runner.used["Keep the page"]
    assert Path(page["path"], "check", "check.md").is_file()


def test_the_records_of_a_single_job_are_in_a_directory_of_its_name_too(runner: Checking) -> None:
    assert runner.work("matrix") == 0
    kept = runner.used["Keep the list of jobs"]
    assert Path(kept["path"]).is_file()
    assert kept["name"] == "check-jobs"
    assert CHECK["judge"]["steps"][3]["with"]["pattern"] == "check-*"
    assert CHECK["judge"]["steps"][-1]["with"]["name"] == "check"  # not one of the pattern


def test_wrong_use_ends_the_workflow_before_a_target_runs(runner: Checking) -> None:
    assert runner.work("matrix", 2) == 2
    assert CHECK["target"]["needs"] == "matrix"
    assert "needs.matrix.result == 'success'" in CHECK["judge"]["if"]


def test_records_that_nobody_could_judge_have_no_summary(runner: Checking) -> None:
    assert runner.work("judge", 2) == 2
    assert runner.summary == ""


def test_the_workflow_judges_also_if_a_target_failed() -> None:
    assert "!cancelled()" in CHECK["judge"]["if"]
    assert "needs.target" not in CHECK["judge"]["if"]
    assert CHECK["target"]["strategy"]["fail-fast"] is False


def test_the_workflow_reads_only_and_knows_no_secret() -> None:
    assert [job["permissions"] for job in CHECK.values()] == [{"contents": "read"}] * 3
    for text in (WORKFLOWS["check.yml"], ACTION):
        assert "secrets" not in text
        assert "github.token" not in text
    for job in CHECK.values():
        assert job["steps"][0]["with"] == {"persist-credentials": False}


INPUTS = (
    yaml.safe_load(ACTION)["inputs"],
    yaml.safe_load(WORKFLOWS["check.yml"])[True]["workflow_call"]["inputs"],  # `on` is read as true
)
DOCUMENT = (ROOT / "docs" / "on-github.md").read_text(encoding="utf-8")


def test_the_document_tells_every_input() -> None:
    for name in {name for inputs in INPUTS for name in inputs}:
        assert f"| `{name}` |" in DOCUMENT


def test_the_workflows_of_the_document_grant_what_is_needed_and_no_more() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    one, each = (jobs(block)["check"] for block in blocks)
    assert one["permissions"] == each["permissions"] == {"contents": "read"}
    assert one["steps"][-1]["uses"] == "OWNER/tensorflow-state-harness@COMMIT"
    assert each["uses"].partition("@")[0].endswith("/.github/workflows/check.yml")
    assert set(each["with"]) <= set(INPUTS[1])
