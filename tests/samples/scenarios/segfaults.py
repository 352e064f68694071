"""Crashes with SIGSEGV after a message on standard error."""

import os
import resource
import signal
import sys
from typing import Any


def scenario(variant: str, step: Any) -> None:
    with step("one") as see:
        see(output=1.0)
    with step("two") as see:
        if variant == "first":
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            sys.stderr.write("about to fall")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGSEGV)
        see(output=2.0)
