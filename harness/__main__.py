"""The command line, `state-harness COMMAND` or `python -m harness COMMAND`. Exit codes:

0  everything that was to be checked is unchanged or noticed
1  something is regressed or fixed
2  wrong use
3  something could not be checked: no environment, no baseline, a crash, a time-out
"""

import argparse
import contextlib
import io
import logging
import os
import signal
import sys
import traceback
from types import FrameType

from harness.base.errors import HarnessError
from harness.base.processes import end_with_parent
from harness.commands import parser


def main() -> int:
    _prepare_output()
    options = parser(__doc__).parse_args()
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s")
    if "NOX_CURRENT_SESSION" in os.environ:  # a signal that ends nox does not end its session
        end_with_parent()
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return _run(options)
    finally:  # for who calls `main` and goes on
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _run(options: argparse.Namespace) -> int:
    """Run the command; returns its exit code, or that of its error."""
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has had enough, as in `| head`
        return _silenced(128 + signal.SIGPIPE)
    except HarnessError as error:
        return _failed(str(error), error.exit_code)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failed(f"{place}{error.strerror or error}", HarnessError.exit_code)
    except Exception as error:  # noqa: BLE001 - a fault of the harness: nothing was checked
        if options.verbose:
            traceback.print_exc()
        return _failed(
            f"a fault of the harness itself, {type(error).__name__}: {error}; please report the "
            "traceback that `state-harness -v` shows",
            HarnessError.exit_code,
        )
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    return code


def _prepare_output() -> None:
    """Make the standard streams take any text, also where they are closed or know ASCII alone."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _failed(message: str, code: int) -> int:
    """Print an error, as far as anybody can read it, and return its exit code."""
    with contextlib.suppress(OSError):
        print(f"error: {message}", file=sys.stderr)
    return _silenced(code)


def _silenced(code: int) -> int:
    """Drop the output that nobody takes, so that Python's own flush at exit changes no code."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _terminated(number: int, _frame: FrameType | None) -> None:
    """End as an exception does, so that every process that was started is ended as well."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
