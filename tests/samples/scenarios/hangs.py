"""Starts a program, records its process id, and hangs."""

import subprocess
import time
from typing import Any


def scenario(variant: str, step: Any) -> None:
    with step("one") as see:
        started = subprocess.Popen(["sleep", "60"]) if variant == "first" else None
        see(pid=started.pid if started else 0)
    with step("two") as see:
        if variant == "first":
            time.sleep(60)
        see(output=1.0)
