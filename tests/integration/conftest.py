"""Places for the harness to work in, some of which a test may damage; a browser, and pages."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from harness.report.writing import write_report
from tests.integration.clusters import Cluster, started
from tests.integration.command_line import Harness
from tests.integration.pages import CHROMIUM, WIDE, Visit, busy, evil, opened, small
from tests.support.places import CANONICAL, copy_baselines
from tests.support.reports import large

# Files whose tests take minutes, and how many cases of each of their tests CI runs: each kind once.
CASES_IN_CI = {
    "test_attribute.py": 1,
    "test_command_lines.py": 2,
    "test_diff.py": 1,
    "test_mishaps.py": 1,
    "test_planted.py": 1,
    "test_planted_states.py": 2,
    "test_rehearsal.py": 1,
    "test_search_elsewhere.py": 1,
    "test_surroundings.py": 1,
    "test_try.py": 2,
    "test_try_within.py": 2,
    "test_watch.py": 1,
}
# the targets on which CI runs all tests of these files: one of each generation of Keras, and for
# what a target sets one with the legacy Keras
TARGETS_IN_CI = {
    "test_claims.py": ("tf-2.15", "tf-2.21"),
    "test_targets.py": ("tf-2.15", "tf-2.16-legacy", "tf-2.21"),
}
LONGEST = ("test_rehearsal.py", "test_update.py")
# minutes each; the reasons name what CI has of the same kind
NEVER_IN_CI = {
    "test_update.py": "the update of stand-ins",
    "test_nor_with_two_threads_under_load": "the same without load of its own",
    "test_a_night_tells_what_it_could_not_check_and_reports_the_rest": "nights of stand-ins",
    "test_a_step_removed_from_a_baseline_is_named": "an edited baseline",
    "test_a_changed_body_is_noticed_and_no_finding": "what changes nothing",
    "test_releases_that_are_no_targets": "environments of targets",
    "test_a_baseline_is_read_back_as_the_trace_that_was_accepted": "a trace of the unit tests",
    "test_keras_and_tensorflow_are_told_apart": "planted packages",
    "test_the_release_of_keras_that_refuses_another_batch_size_is_found": "a search for a step",
    "test_a_mix_that_hangs_tells_nothing_and_the_others_answer": "a killed search",
    "test_mixes_that_cannot_be_made_blame_nobody": "a killed search",
    "test_a_full_disk_is_an_error_and_the_next_try_answers": "a killed search",
    "test_the_statement_of_a_script_and_a_command_have_the_same_answer": "a search for a step",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases that CI leaves out as `long`, and put the longest files first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)  # none is left over to the end
    seen: Counter[tuple[str, str]] = Counter()
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        file, test = item.path.name, (item.path.name, item.originalname)
        seen[test] += 1
        target = item.callspec.params.get("target") if hasattr(item, "callspec") else None
        other = target is not None and target not in TARGETS_IN_CI.get(file, (target,))
        further = seen[test] > CASES_IN_CI.get(file, seen[test])
        if other or further or not NEVER_IN_CI.keys().isdisjoint({file, item.originalname}):
            item.add_marker("long")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-releases", action="store_true", help="compare each of the 22 releases with itself"
    )


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """On the project's own environments and baselines, results apart."""
    return Harness(project=CANONICAL.with_places(results=tmp_path_factory.mktemp("results")))


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """On environments of its own, which a test may damage."""
    places = [tmp_path_factory.mktemp(name) for name in ("environments", "results")]
    return Harness(project=CANONICAL.with_places(environments=places[0], results=places[1]))


@pytest.fixture
def own_baselines(harness: Harness, tmp_path: Path) -> Harness:
    """On a copy of the baselines, which a test may edit."""
    copy_baselines(harness.project.baselines, "tf-2.15", tmp_path)
    return harness.with_places(baselines=tmp_path)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler, to which a test adds workers."""
    with started(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("pages")
    reports = {
        "all": small(),
        "busy": busy(),
        "evil": evil(),
        "medium": large(4, 20),
        "large": large(),
    }
    for name, shown in reports.items():
        write_report(shown, directory / name)
    return {name: directory / name / "index.html" for name in reports}


@pytest.fixture
def visit(browser: Browser, pages: dict[str, Path]) -> Iterator[Visit]:
    """The small report on a wide screen; whatever a test does, the page must not complain."""
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    visit = opened(context.new_page(), pages["all"])
    yield visit
    context.close()
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(("file://", "data:"))] == []
