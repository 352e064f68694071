"""Kills the process that it shares with other scenarios."""

import os
import signal
from typing import Any

VARIANTS = ("fixed",)


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(pid=os.getpid())
    with step("two"):
        os.kill(os.getpid(), signal.SIGKILL)
