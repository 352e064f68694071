"""The variants of the sample scenarios; a scenario that fails does so only in the first."""

VARIANTS = ("first", "second")
