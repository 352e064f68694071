"""The variants of the sample scenarios: what goes wrong in one goes wrong in the first alone."""

VARIANTS = ("first", "second")
