"""The targets that nox offers as sessions."""

from collections.abc import Iterable, Sequence

from harness.environments.targets import Target

OPTIONS = ("-s", "-e")  # of nox, to which a name can be glued


def offered(
    targets: Iterable[Target], arguments: Sequence[str], variable: str = ""
) -> list[Target]:
    """The targets that the command line of nox names; all of them, if it names none.

    Where a name does not match as text, nox compares it as a parsed expression, in which `tf-2.1`
    equals `tf-2.10`. A target that nobody has named is therefore no session of that run.
    `arguments` are those of nox, `variable` is the value of NOXSESSION.
    """
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    words = {word for argument in own for word in argument.split("=")}
    words |= {word[2:] for word in own if word.startswith(OPTIONS)}
    words |= {word.strip() for word in variable.split(",")}
    every = list(targets)
    return [target for target in every if target.name in words] or every
