"""The command line, `python -m harness COMMAND`; nox calls it. Exit codes:

0  everything is as its baseline says
1  something differs from its baseline
2  wrong use
3  something could not be checked: no environment, no baseline, a crash, a time-out
"""

import logging
import os
import signal
import sys
import traceback

from harness.base.errors import HarnessError
from harness.commands import parser


def main() -> int:
    options = parser(__doc__).parse_args()
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s")
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Exception:  # noqa: BLE001 - a bug: nothing was checked, which is no regression
        traceback.print_exc()
        return HarnessError.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
