"""Atomic writing of files, and reserved places."""

import contextlib
import errno
import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from harness.base.errors import UnwritableError

log = logging.getLogger(__name__)

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_directory(path: Path) -> bool:
    """Whether a path is a directory; False for a text that can be no path, as it is too long."""
    try:
        return path.is_dir()
    except OSError:
        return False


def content(path: Path) -> bytes | None:
    """The bytes of a file; None if there is none, also if another process has just removed it."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file completely or not at all. Creates missing parent directories.

    Several processes may write the same file: one of them after the other. Raises UnwritableError,
    which names the file and the way out.
    """
    beside = path.with_name(f"{path.name}.part")
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(beside) as stream:
            try:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
                beside.replace(path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise


@contextlib.contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Wait until no other process is here with the same directory. Creates the directory.

    Raises UnwritableError.
    """
    path = directory / ".lock"
    with contextlib.ExitStack() as stack:
        with _explained(path):
            directory.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_alone(path))
        stack.callback(path.unlink, missing_ok=True)  # before others are let in
        yield


@contextlib.contextmanager
def reserved(directory: Path, name: str, option: str) -> Iterator[None]:
    """Reserve what has a name in a directory, by a lock file; waits for other processes.

    Raises UnwritableError, which names the option for another directory.
    """
    from filelock import FileLock, Timeout

    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):  # without access, the lock would wait for ever
            lock = FileLock(directory / f"{name}.lock")
    except OSError as error:
        raise UnwritableError(
            f"{directory}: nothing can be written there: {error.strerror}; name another directory "
            f"with {option}"
        ) from error
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("%s: waiting for another run of this target to end", name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        way_out = "free some space" if error.errno in FULL else "make its directory writable"
        raise UnwritableError(
            f"{path}: cannot be written: {error.strerror}; {way_out}, or name another directory"
        ) from error


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[BinaryIO]:
    """An empty file that no other process writes; a file that is left over is used again."""
    while True:
        with path.open("ab") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if not _is_at(stream, path):  # the process before this one has renamed it
                continue
            stream.truncate(0)
            yield stream
            return


def _is_at(stream: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False
