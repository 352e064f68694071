"""The releases of an index are listed as they are; an unreachable index is not empty."""

import datetime
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from packaging.version import Version

from harness.base.errors import MissingInterpreterError, UnusableEnvironmentError
from harness.environments.index import (
    first_day,
    newest_by_minor,
    require_index,
    resolution_error,
)
from harness.environments.locks import make_lock
from harness.environments.targets import Target
from harness.upkeep.releases.proposals import Candidate, LeftOut, Proposal, released, settle
from tests.support.index import Index, Release
from tests.support.makers import SAMPLE

DAY = datetime.date(2026, 3, 1)
FIRST, LAST = DAY, DAY + datetime.timedelta(days=99)


def day(number: int) -> datetime.date:
    return DAY + datetime.timedelta(days=number)


@pytest.mark.parametrize("number", [0, 1, 2, 49, 50, 98, 99])
def test_the_first_day_is_found_by_few_calls(number: int) -> None:
    calls = []

    def is_true(at: datetime.date) -> bool:
        calls.append(at)
        return at >= day(number)

    assert first_day(is_true, FIRST, LAST) == day(number)
    assert len(calls) <= 9
    assert all(FIRST <= at <= LAST for at in calls)


def test_a_condition_true_before_the_first_day_is_true_on_the_first_day() -> None:
    assert first_day(lambda _: True, FIRST, LAST) == FIRST
    assert first_day(lambda at: at >= day(-7), FIRST, LAST) == FIRST


def test_a_condition_false_on_the_last_day_has_no_first_day() -> None:
    assert first_day(lambda _: False, FIRST, LAST) is None
    assert first_day(lambda at: at > LAST, FIRST, LAST) is None
    assert first_day(lambda _: True, LAST, FIRST) is None
    assert first_day(lambda _: True, LAST, LAST) == LAST


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An empty index, to which uv is directed."""
    with Index() as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        for name in ("UV_INDEX", "UV_FIND_LINKS", "UV_OFFLINE", "UV_EXCLUDE_NEWER"):
            monkeypatch.delenv(name, raising=False)
        threading.Thread(target=served.serve_forever, args=[0.01], daemon=True).start()
        yield served
        served.shutdown()


def serve(index: Index, package: str, *versions: str) -> None:
    index.releases += [Release(package=package, version=version) for version in versions]


def newest(package: str = "keras", oldest: str = "3.0.1", python: str = "3.12") -> list[str]:
    return [str(each) for each in newest_by_minor(package, Version(oldest), python).values()]


def test_the_newest_releases_of_the_minors_are_listed_from_the_oldest(index: Index) -> None:
    serve(index, "keras", "2.15.0", "3.0.0", "3.0.1", "3.0.10", "3.0.9", "3.2.0", "3.10.0", "4.0.0")
    assert newest() == ["3.0.10", "3.2.0", "3.10.0", "4.0.0"]
    assert newest(oldest="3.1.0") == ["3.2.0", "3.10.0", "4.0.0"]
    assert newest(oldest="4.0.1") == []
    found = newest_by_minor("keras", Version("3.2.0"), "3.12")
    assert list(found) == [(3, 2), (3, 10), (4, 0)]


def test_pre_releases_and_withdrawn_releases_do_not_count(index: Index) -> None:
    serve(index, "keras", "3.0.1", "3.0.2.dev1", "3.1.0rc1", "3.2.0a1")
    index.releases += [
        Release(package="keras", version="3.0.3", yanked=True),
        Release(package="keras", version="3.3.0", yanked=True),
    ]
    assert newest() == ["3.0.1"]
    assert newest(oldest="3.0.2") == []


def test_a_release_only_for_a_later_python_is_listed_too(index: Index) -> None:
    for version, tag in (("2.1.0", "cp312"), ("2.2.0", "cp313"), ("2.3.0", "cp311")):
        full = f"{tag}-{tag}-manylinux_2_17_x86_64"
        index.releases.append(Release(package="tensorflow", version=version, tag=full))
    index.releases.append(Release(package="tensorflow", version="2.4.0", requires_python=">=3.15"))
    assert newest("tensorflow", "2.0.0") == ["2.1.0", "2.2.0", "2.4.0"]
    assert newest("tensorflow", "2.0.0", "3.13") == ["2.2.0", "2.4.0"]


def test_an_index_with_the_required_release_is_accepted(index: Index) -> None:
    serve(index, "keras", "3.0.1")
    require_index("keras", Version("3.0.1"), "3.12")
    index.releases[0] = Release(package="keras", version="3.0.1", yanked=True)
    require_index("keras", Version("3.0.1"), "3.12")


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_an_index_that_does_not_answer_is_an_error(index: Index, status: int) -> None:
    serve(index, "keras", "3.0.1")
    require_index("keras", Version("3.0.1"), "3.12")
    index.broken = status
    with pytest.raises(UnusableEnvironmentError, match=r"keras(==| )3\.0\.1"):
        require_index("keras", Version("3.0.1"), "3.12")


def test_an_index_without_the_required_release_is_an_error(index: Index) -> None:
    serve(index, "keras", "3.0.0")
    with pytest.raises(UnusableEnvironmentError, match=r"no keras 3\.0\.1, .* right index"):
        require_index("keras", Version("3.0.1"), "3.12")


def test_an_answer_from_the_cache_of_uv_does_not_count(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(index, "keras", "3.0.1")
    assert newest() == ["3.0.1"]
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(UnusableEnvironmentError, match="could not be queried for keras==3"):
        require_index("keras", Version("3.0.1"), "3.12")


def test_an_index_that_fails_later_is_an_error(index: Index) -> None:
    index.broken = 500
    with pytest.raises(UnusableEnvironmentError, match=r"(?s)keras>=3\.0\.1.*500"):
        newest()


NEEDY = msgspec.structs.replace(SAMPLE, requirements=("keras==3.0.1",), python="3.12")


def test_a_target_resolves_from_the_upload_of_its_last_requirement(index: Index) -> None:
    needs = ("numpy>=2",)
    index.releases += [
        Release(package="keras", version="3.0.1", uploaded="2026-03-01", needs=needs),
        Release(package="numpy", version="1.0", uploaded="2026-01-01"),
        Release(package="numpy", version="2.0", uploaded="2026-03-05"),
    ]
    unresolved = [bool(resolution_error(NEEDY, day(number))) for number in range(-1, 7)]
    assert unresolved == [True] * 5 + [False] * 3
    found = first_day(lambda at: not resolution_error(NEEDY, at), day(-30), day(30))
    assert found == datetime.date(2026, 3, 5)


def test_the_error_of_a_resolution_is_the_message_of_uv(index: Index) -> None:
    serve(index, "keras", "3.0.1")
    assert resolution_error(NEEDY, LAST) == ""
    other = msgspec.structs.replace(NEEDY, requirements=("keras==3.0.2",))
    assert "there is no version of keras==3.0.2" in resolution_error(other, LAST)
    index.releases[0] = Release(package="keras", version="3.0.1", requires_python=">=3.13")
    assert "Python" in resolution_error(NEEDY, LAST)
    newer = msgspec.structs.replace(NEEDY, python="3.13")
    assert resolution_error(newer, LAST) == ""
    index.broken = 500
    fresh = msgspec.structs.replace(NEEDY, requirements=("numpy",))
    with pytest.raises(UnusableEnvironmentError, match="could not be queried for numpy"):
        resolution_error(fresh, LAST)


TODAY = datetime.date(2026, 3, 20)
HERE = f"3.{sys.version_info.minor}"
NEXT = f"3.{sys.version_info.minor + 1}"
LIKE = Target(
    name="keras-3.0",
    family="keras",
    python=HERE,
    requirements=("keras==3.0.1",),
    as_of=datetime.date(2026, 3, 4),
)
NEW = Candidate(
    like=LIKE,
    target=msgspec.structs.replace(LIKE, name="keras-3.1", requirements=("keras==3.1.0",)),
)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The installed Pythons, as the test defines them."""
    pythons = {HERE}

    def find(version: str) -> Path:
        if version not in pythons:
            raise MissingInterpreterError(f"CPython {version} is not installed")
        return Path(sys.executable)

    monkeypatch.setattr("harness.environments.locks.find_interpreter", find)
    monkeypatch.setattr("harness.upkeep.releases.proposals.find_interpreter", find)
    return pythons


DAYS = {
    "long ago": ("2025-01-01", "2026-03-04"),
    "two days before that of the one before": ("2026-03-02", "2026-03-04"),
    "on the day before": ("2026-03-03", "2026-03-04"),
    "on the same day": ("2026-03-04", "2026-03-05"),
    "later": ("2026-03-11", "2026-03-12"),
    "two days ago": ("2026-03-18", "2026-03-19"),
}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("uploaded", "as_of"), DAYS.values(), ids=DAYS)
def test_a_proposal_is_as_of_the_day_after_the_upload(
    index: Index, uploaded: str, as_of: str
) -> None:
    index.releases.append(Release(package="keras", version="3.1.0", uploaded=uploaded))
    found = settle(NEW, TODAY)
    assert isinstance(found, Proposal)
    assert found.target == msgspec.structs.replace(
        NEW.target, as_of=datetime.date.fromisoformat(as_of)
    )
    assert found.lock == make_lock(found.target)
    assert "keras==3.1.0 \\\n    --hash=sha256:" in found.lock


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("uploaded", ["2026-03-19", "2026-03-20"])
def test_a_release_younger_than_two_days_waits(index: Index, uploaded: str) -> None:
    index.releases.append(Release(package="keras", version="3.1.0", uploaded=uploaded))
    found = settle(NEW, TODAY)
    assert isinstance(found, LeftOut)
    assert found.waits
    assert "left for the next update" in found.why
    assert isinstance(settle(NEW, TODAY + datetime.timedelta(days=2)), Proposal)


def test_a_target_without_a_lock_is_settled_without_a_lock_and_waits_too(
    index: Index, installed: set[str]
) -> None:
    like = msgspec.structs.replace(LIKE, name="keras-3.0-fresh", family="fresh", as_of=None)
    new = Candidate(
        like=like,
        target=msgspec.structs.replace(
            like, name="keras-3.1-fresh", requirements=("keras==3.1.0",)
        ),
    )
    index.releases.append(Release(package="keras", version="3.1.0", uploaded="2026-03-19"))
    assert isinstance(settle(new, TODAY), LeftOut)
    assert settle(new, TODAY + datetime.timedelta(days=1)) == Proposal(
        like=like, target=new.target, lock=None
    )
    installed.clear()
    left = settle(new, TODAY + datetime.timedelta(days=1))
    assert isinstance(left, LeftOut)
    assert f"CPython {HERE} is not installed" in left.why
    assert left.waits


def test_a_new_target_takes_the_next_python_that_has_a_wheel(
    index: Index, installed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lock(target: Target) -> str:
        if target.python not in installed:
            raise MissingInterpreterError(f"CPython {target.python} is not installed")
        return f"for {target.python}"

    monkeypatch.setattr("harness.upkeep.releases.proposals.make_lock", lock)
    index.releases.append(Release(package="keras", version="3.1.0", requires_python=f">={NEXT}"))
    found = settle(NEW, TODAY)
    assert isinstance(found, LeftOut)
    assert found.waits  # for somebody to install it
    assert found.why.startswith(f"cannot be made on CPython {HERE}, {NEXT}, ")
    assert found.why.endswith(f": CPython {NEXT} is not installed")
    installed.add(NEXT)
    made = settle(NEW, TODAY)
    assert isinstance(made, Proposal)
    assert (made.target.python, made.lock) == (NEXT, f"for {NEXT}")


@pytest.mark.usefixtures("installed")
def test_an_existing_target_keeps_its_python(index: Index) -> None:
    changed = Candidate(
        like=LIKE, target=msgspec.structs.replace(LIKE, requirements=("keras==3.0.2",))
    )
    index.releases.append(Release(package="keras", version="3.0.2", requires_python=f">={NEXT}"))
    found = settle(changed, TODAY)
    assert isinstance(found, LeftOut)
    assert found.why.startswith(f"cannot be made on CPython {HERE}: ")
    assert f"Python>={NEXT}" in found.why
    assert not found.waits


@pytest.mark.usefixtures("installed")
def test_an_unsolvable_candidate_is_left_out_with_the_message_of_uv(index: Index) -> None:
    serve(index, "numpy", "1.0")
    index.releases.append(Release(package="keras", version="3.1.0", needs=("numpy>=2",)))
    found = settle(NEW, TODAY)
    assert isinstance(found, LeftOut)
    assert not found.waits
    assert "numpy>=2" in found.why


@pytest.mark.fault(
    "packages and indexes",
    "the index fails while a release is proposed",
    "an error, and no proposal",
)
@pytest.mark.usefixtures("installed")
def test_an_unreachable_index_settles_nothing(index: Index) -> None:
    index.broken = 500
    with pytest.raises(UnusableEnvironmentError, match=r"could not be queried for keras==3\.1\.0"):
        settle(NEW, TODAY)


MADE_OF = (
    Target(name="tf-2.0", family="tensorflow", python="3.7", requirements=("tensorflow==2.0.1",)),
    Target(name="tf-2.1", family="tensorflow", python="3.8", requirements=("tensorflow==2.1.0",)),
    LIKE,
)


def test_each_package_that_a_target_requires_is_queried(index: Index) -> None:
    serve(index, "tensorflow", "1.15.0", "2.0.1", "2.0.4", "2.1.0", "2.2.0")
    serve(index, "keras", "2.15.0", "3.0.1", "4.0.0")
    assert released(MADE_OF) == {
        "tensorflow": {
            (2, 0): Version("2.0.4"),
            (2, 1): Version("2.1.0"),
            (2, 2): Version("2.2.0"),
        },
        "keras": {(3, 0): Version("3.0.1"), (4, 0): Version("4.0.0")},
    }
    index.releases = [release for release in index.releases if release.version != "2.1.0"]
    with pytest.raises(UnusableEnvironmentError, match=r"no tensorflow 2\.1\.0"):
        released(MADE_OF)
