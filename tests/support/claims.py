"""Claims: sentences of the known changes, each with a script that shows it on real releases."""

import msgspec

from tests.support.places import ROOT

PATH = ROOT / "tests" / "integration" / "claims.toml"


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sentence of a known change, and the line that a script prints, by target.

    `change` is the title of the known change; `says` is a part of its `why` or `instead`.
    """

    change: str
    says: str
    run: str
    prints: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.change}: {self.says}"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    claim: tuple[Claim, ...]


CLAIMS = msgspec.toml.decode(PATH.read_bytes(), type=_File).claim
