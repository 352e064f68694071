"""An index that fails is an error that names it, and leaves nothing half made."""

import datetime
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from packaging.version import Version

from harness.base.errors import UnusableEnvironmentError
from harness.base.project import Project
from harness.environments.index import newest_by_minor, require_index
from harness.environments.locks import lock_path, make_lock
from harness.environments.virtual_environments import ensure_environment
from tests.support.index import Handler, Index, Release
from tests.support.makers import SAMPLE
from tests.support.places import project_at

PACKAGE, VERSION = "demo", "1.0"
TARGET = msgspec.structs.replace(
    SAMPLE,
    requirements=(f"{PACKAGE}=={VERSION}",),
    python=f"{sys.version_info.major}.{sys.version_info.minor}",
    as_of=datetime.date(2024, 1, 1),
)
Fault = Callable[[Handler, bytes], None]


def never_answers(_handler: Handler, _answer: bytes) -> None:
    time.sleep(60)


def is_cut_off(handler: Handler, answer: bytes) -> None:
    handler.reply(answer[: len(answer) // 2], length=len(answer))


def has_half_a_document(handler: Handler, answer: bytes) -> None:
    handler.reply(answer[: len(answer) // 2])


def has_a_page_to_log_in(handler: Handler, _answer: bytes) -> None:
    handler.reply(b"<!DOCTYPE html><title>Log in</title>", "text/html")


def has_another_wheel(handler: Handler, answer: bytes) -> None:
    other = Release(package=PACKAGE, version=VERSION, needs=("something",))
    handler.reply(other.wheel if handler.path.endswith(".whl") else answer)


def cuts_the_wheel_off(handler: Handler, answer: bytes) -> None:
    (is_cut_off if handler.path.endswith(".whl") else Handler.reply)(handler, answer)


def has_half_a_wheel(handler: Handler, answer: bytes) -> None:
    (has_half_a_document if handler.path.endswith(".whl") else Handler.reply)(handler, answer)


ANSWERS = {
    "never answers": never_answers,
    "is cut off in its answers": is_cut_off,
    "answers with half a document": has_half_a_document,
    "answers with a page to log in": has_a_page_to_log_in,
}
WHEELS = {
    "another wheel": (has_another_wheel, "Hash mismatch"),
    "a wheel that is cut off": (cuts_the_wheel_off, "end of file"),
    "half a wheel": (has_half_a_wheel, "Invalid zip"),
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index with one release, to which uv is directed, and which has a second to answer in."""
    with Index() as served:
        served.releases.append(Release(package=PACKAGE, version=VERSION))
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        monkeypatch.setenv("UV_HTTP_TIMEOUT", "1")
        for name in ("UV_INDEX", "UV_FIND_LINKS", "UV_OFFLINE", "UV_EXCLUDE_NEWER"):
            monkeypatch.delenv(name, raising=False)
        threading.Thread(target=served.serve_forever, args=[0.01], daemon=True).start()
        yield served
        served.shutdown()


@pytest.fixture
def project(index: Index, tmp_path: Path) -> Project:
    """A project with a lock of the release in the index, and no environment."""
    assert index.releases
    made = project_at(tmp_path, locks=tmp_path)
    lock_path(TARGET, made.locks).write_text(make_lock(TARGET), encoding="utf-8")
    return made


@pytest.mark.fault(
    "packages and indexes",
    "the index refuses the connection, never answers, is cut off, or answers with half a document, "
    "a page to log in, or an error",
    "exit code 3 with the package; nothing is left half made, and the next run works",
)
@pytest.mark.parametrize("name", [*ANSWERS, "refuses the connection", "answers with 500"])
def test_an_index_that_fails_is_an_error(
    name: str, index: Index, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index.fault = ANSWERS.get(name)
    index.broken = 500 if name == "answers with 500" else 0
    with monkeypatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
        if name == "refuses the connection":
            patch.setenv("UV_DEFAULT_INDEX", nobody())
        for make in (
            lambda: make_lock(TARGET),
            lambda: ensure_environment(TARGET, project),
            lambda: require_index(PACKAGE, Version(VERSION), TARGET.python),
        ):
            with pytest.raises(UnusableEnvironmentError, match=PACKAGE) as raised:
                make()
            if name != "answers with a page to log in":
                assert os.environ["UV_DEFAULT_INDEX"] in str(raised.value)
    assert_works_again(index, project)


@pytest.mark.fault(
    "packages and indexes",
    "the index serves a wheel that is cut off, or another than in the lock",
    "exit code 3 with the package; nothing of it is installed, and the next run works",
)
@pytest.mark.parametrize(("fault", "said"), WHEELS.values(), ids=WHEELS)
def test_a_wheel_that_is_not_that_of_the_lock_is_not_installed(
    fault: Fault, said: str, index: Index, project: Project
) -> None:
    index.fault = fault
    with pytest.raises(UnusableEnvironmentError, match=f"(?s)demo==1.0.*{said}"):
        ensure_environment(TARGET, project)
    assert_works_again(index, project)


@pytest.mark.fault(
    "packages and indexes",
    "the index answers at first, and then with half a document",
    "exit code 3: an index that fails never looks like an index without releases",
)
def test_an_index_that_fails_later_does_not_look_empty(
    index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    oldest = Version(VERSION)
    assert list(newest_by_minor(PACKAGE, oldest, TARGET.python)) == [(1, 0)]
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    index.fault = has_half_a_document
    with pytest.raises(UnusableEnvironmentError, match=f"(?s){PACKAGE}.*{index.url}"):
        newest_by_minor(PACKAGE, oldest, TARGET.python)


@pytest.mark.fault(
    "secrets",
    "the address of the index has a password, and the index fails",
    "the error has the address without the password",
)
def test_an_error_has_no_password_of_the_index(
    index: Index, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index.broken = 500
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    secret = index.url.replace("://", "://somebody:a-password@")
    monkeypatch.setenv("UV_DEFAULT_INDEX", secret)
    with pytest.raises(UnusableEnvironmentError, match="demo") as raised:
        ensure_environment(TARGET, project)
    assert "a-password" not in str(raised.value)


def nobody() -> str:
    """The address of an index at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/index"


def assert_works_again(index: Index, project: Project) -> None:
    """Nothing is left of what failed, and the sound index gives what it gave before."""
    assert list(project.environments.iterdir()) == []
    index.fault, index.broken = None, 0
    assert make_lock(TARGET) == lock_path(TARGET, project.locks).read_text(encoding="utf-8")
    assert ensure_environment(TARGET, project).python.exists()
    assert [path.name for path in project.environments.iterdir()] == [TARGET.name]
