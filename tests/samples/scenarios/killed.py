"""Is killed before its first step, as by the kernel when memory runs out."""

import os
import signal
from typing import Any


def scenario(variant: str, step: Any) -> None:
    if variant == "first":
        os.kill(os.getpid(), signal.SIGKILL)
    with step("one") as see:
        see(output=1.0)
