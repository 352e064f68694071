"""The line of a script in which an error was raised, read from its traceback. Pure."""

import re
from dataclasses import dataclass

from harness.observing.records import Error, Statement

# a frame in a traceback, or in the message of AutoGraph or of a graph, and its line of code
FRAME = re.compile(
    r'^ *File "([^"\n]+)", line (\d{1,9}), in (\S+)[^\n]*(?:\n +(?!File ")(\S[^\n]*))?',
    re.MULTILINE,
)
# between an error and the one that it became, which comes last
NEXT = re.compile(
    r"\n\n(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):\n\n"
)
COMPOUND = re.compile(r"\s*(?:async|class|def|for|if|match|try|while|with)\b")


@dataclass(frozen=True, kw_only=True)
class Raised:
    """A line of a script, the function that it is in, and its source, if that could be read."""

    line: int
    function: str
    source: str

    def __str__(self) -> str:
        where = "" if self.function.startswith("<") else f", in {self.function}"
        source = f": {self.source}" if self.source else ""
        return f"line {self.line}{where}{source}"


def raised_in(statement: Statement, error: Error | None) -> Raised | None:
    """The innermost line of the script through which an error came.

    None if that is the statement itself, or if the error has no traceback. The traceback begins
    with a frame of the script, as the probe writes it.
    """
    frames = FRAME.findall(NEXT.split(error.traceback)[-1]) if error else []
    own = [frame for frame in frames if frame[0] == frames[0][0]]
    if not own:
        return None
    _, line, function, source = own[-1]
    first = statement.line
    last = first + statement.source.count("\n")
    whole = statement.is_step or COMPOUND.match(statement.source)
    if int(line) == first or (first < int(line) <= last and not whole):
        return None
    return Raised(line=int(line), function=function, source=source.strip())
