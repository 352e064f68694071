"""The environment and the results of a target are reserved for one run at a time."""

from pathlib import Path

import pytest

from harness.base.errors import UnusableEnvironmentError
from harness.environments.virtual_environments import reserved
from tests.support.makers import SAMPLE


@pytest.mark.fault(
    "disks and folders",
    "`--environments` names `/proc` or a device",
    "one line names it, exit code 3; nothing waits for another run",
)
@pytest.mark.parametrize("root", ["/proc", "/dev/null"])
def test_where_nothing_can_be_written_nothing_waits_for_another_run(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = "harness.environments.virtual_environments.FileLock.acquire"
    monkeypatch.setattr(lock, lambda *_, **__: pytest.fail("it waits"))
    with (
        pytest.raises(UnusableEnvironmentError, match=f"^{root}: no environment can be made"),
        reserved(SAMPLE, Path(root)),
    ):
        pass
