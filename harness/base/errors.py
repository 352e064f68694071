"""The exception tree. Each class has an exit code; only `__main__` catches and exits."""


class HarnessError(Exception):
    """An error for the user; the message names the input and a remedy."""

    exit_code = 3


class UsageError(HarnessError):
    """Wrong use: an unknown target, an option that does not fit."""

    exit_code = 2


class TargetsError(UsageError):
    """The targets file is wrong; the message names the entry and the field."""


class KnownChangesError(UsageError):
    """The file of accepted changes is wrong; the message names the entry and the field."""


class UncheckedError(HarnessError):
    """A target could not be checked: the probe failed, or its record could not be judged."""


class ProbeTimeoutError(UncheckedError):
    """The probe exceeded its time limit."""


class UnusableEnvironmentError(HarnessError):
    """A target's environment could not be made."""


class MissingInterpreterError(UnusableEnvironmentError):
    """No interpreter of the version that a target needs is installed."""


class RecordError(HarnessError):
    """A record cannot be read: truncated, of another schema version, or not a record."""


class BaselineError(HarnessError):
    """A stored baseline cannot be read."""


class UnwritableError(HarnessError):
    """A file cannot be written: a full disk, a read-only directory; the old file is intact."""


class TrackerError(HarnessError):
    """The issue tracker cannot be read or written."""
