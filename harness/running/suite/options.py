"""What a user may ask of the suite."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SuiteOptions:
    """Options of the suite, none of which keeps a verdict from being counted.

    `expression` is that of pytest's `-k`; `force_regen` writes baselines that differ; `layout` are
    pytest's options on how it prints.
    """

    expression: str = ""
    force_regen: bool = False
    layout: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The options as they are typed."""
        parts = [*self.layout, *(["--force-regen"] if self.force_regen else [])]
        return " ".join([*(["-k", repr(self.expression)] if self.expression else []), *parts])
