"""Runs a plain script statement by statement in a module named `__main__`, and observes each one.

Observing is meant to change nothing: see `values.py`. What the script prints goes through file
descriptor 1 as in any process, into a file that is read after each statement, so that the output
of processes that the script starts counts as well.
"""

import builtins
import contextlib
import hashlib
import logging
import os
import pathlib
import sys
import tempfile
import time
import traceback
import types
import warnings

import capture
import inner
import isolate
import named
import running
import statements
import values

VARIANT = "as written"
PRINTED = 20_000  # characters of the output of a statement that are recorded
SUCCESSES = ("", "None", "False")  # besides 0: with which codes an exit is none of a failure
LOGGERS = ("tensorflow", "absl")  # with which TensorFlow and Keras warn besides `warnings`


class Plan:
    """A script with its arguments, and where it runs: in a directory, or each time in a new one."""

    def __init__(self, path, arguments, directory):
        self.path, self.arguments, self.directory = path, arguments, directory
        self.script = self.failure = None
        try:
            self.script = statements.Script(path)
        except Exception as error:  # outer boundary: what this Python cannot read is an observation
            self.failure = error

    @property
    def before_imports(self):
        """Whether TensorFlow must not be imported before the script runs."""
        return self.script is not None and self.script.sets_variables_first

    def document(self):
        """The statements, for the record."""
        return [] if self.script is None else self.script.document()

    def work(self, number):
        return Work(self, number)


class Work(running.Running):
    """The work of one child: one run of a script."""

    def __init__(self, plan, number):
        super().__init__([(plan.path, VARIANT)], number)
        self.plan = plan

    def __call__(self, send):
        isolate.reseed()
        send(part=0, start_again=True)
        began = time.monotonic()
        if self.plan.failure is not None:
            send(observed=_unreadable(self.plan.failure))
        else:
            _run(self.plan, send)
        send(end="completed", seconds=time.monotonic() - began)


def _unreadable(error):
    """The observation of a script that is not valid on this Python."""
    line = getattr(error, "lineno", None) or 1
    observed = named.observation("line {}".format(line))
    observed["error"] = capture.error(error)
    observed["error"]["traceback"] = "".join(traceback.format_exception_only(type(error), error))
    return observed


def _run(plan, send):
    path = plan.path
    directory = plan.directory or tempfile.mkdtemp(prefix="script-")
    os.chdir(str(directory))
    module = main_module(plan.script)
    sys.argv = [str(path), *plan.arguments]
    sys.path.insert(0, str(path.parent))
    steps = named.Steps(plan.script, send, Printed(), Warned())
    following = Following(steps, vars(module))
    functions = inner.Inner(plan.script, following.begin, following.end)
    for statement in plan.script.statements:
        if statement.within:
            continue
        functions.enter(statement)
        following.begin(statement)
        value = error = None
        try:
            code, is_value = plan.script.code(statement)
            if is_value:
                value = eval(code, vars(module))  # noqa: S307 - the script of the user
            else:
                exec(code, vars(module))  # noqa: S102 - the script of the user
        except BaseException as raised:  # outer boundary of the script, also for SystemExit
            error = _error(raised, str(path))
            for each in functions.raised(_functions(raised, str(path))):
                following.raised(each, error)
        else:
            functions.leave()
        if functions.fault:
            raise functions.fault
        following.end(statement, {}, value, error)
        value = None  # its destructor may print
        if error:
            break
    if not steps.are_here():  # a process that the script made, and that went on
        _leave(error)


def _leave(error):
    """End a process as the error with which it ends, or None, has an interpreter end."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    said = error["message"] if error and error["type"] == "SystemExit" else "1" if error else "0"
    os._exit(int(said) if said.isdigit() else int(said not in SUCCESSES))


class Following:
    """Observes statements, and those within them.

    A process that the script made may go on with the script, and is not observed.
    """

    def __init__(self, steps, variables):
        self._steps, self._variables = steps, variables
        self._observed, self._began = {}, {}
        self._before, self._latest = {}, {}  # by the name of a variable; by what a scope calls it

    def begin(self, statement):
        if not self._steps.are_here():
            return
        self._observed[statement.name] = self._steps.begin_statement(statement)
        self._began[statement.name] = time.monotonic()

    def raised(self, statement, error):
        """The statement raised; it is closed with the one within which it ran."""
        if not self._steps.are_here():
            return
        observed = self._observed[statement.name]
        observed["error"] = error
        observed["seconds"] = time.monotonic() - self._began[statement.name]

    def end(self, statement, variables, value=None, error=None):
        """The statement is over; `variables` are those of its function, without its name."""
        if not self._steps.are_here():
            return
        observed = self._observed.pop(statement.name)
        observed["error"] = error
        observed["seconds"] = time.monotonic() - self._began.pop(statement.name)
        own = {"{}.{}".format(statement.function, name): it for name, it in variables.items()}
        with _beside_tapes() if statement.within else contextlib.nullcontext():
            self._look(statement, dict(self._variables, **own), value, observed)
        own = value = variables = None  # their destructors may print
        self._steps.close(observed)

    def _look(self, statement, variables, value, observed):
        """Add the names that a statement bound or changed, and the value of an expression."""
        seen = []
        for name in statement.names:
            shown = name.rpartition(".")[2]
            if name in variables and not shown.startswith("__"):
                found = values.Description(shown, variables[name])
                # what a function is given was seen where it is called
                earlier = self._before.get(name, self._latest.get(shown))
                if name in statement.binds or found != earlier:
                    seen.append(found)
                self._before[name] = self._latest[shown] = found
        if value is not None:
            seen.append(values.Description("value", value))
        for found in seen:
            named.add(observed, found)


def _beside_tapes():
    """A context in which no gradient tape around a statement sees what is looked at."""
    scope = getattr(sys.modules.get("tensorflow"), "init_scope", None)
    return scope() if scope else contextlib.nullcontext()


def _functions(error, path):
    """The names of the functions of the script through which an error came."""
    found, trace = set(), error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == path:
            found.add(code.co_name)
        trace = trace.tb_next
    return found


def main_module(script):
    """The module in which a script runs, as `__main__`."""
    module = types.ModuleType("__main__")
    vars(module).update(
        __file__=str(script.path),
        __builtins__=builtins,
        __doc__=script.docstring,
        __annotations__={},
        __cached__=None,
    )
    sys.modules["__main__"] = module
    _hide_the_probe()
    return module


def _hide_the_probe():
    """The script must import no module of the probe where it has one of the same name."""
    here = str(pathlib.Path(__file__).parent)
    sys.path[:] = [each for each in sys.path if each != here]
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") == here:
            del sys.modules[name]


def _error(error, path):
    """As `capture.error`, with the frames of the script and of all that it called alone."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != path:
        frame = frame.tb_next
    found = capture.error(error.with_traceback(frame or error.__traceback__))
    said = error.code if isinstance(error, SystemExit) else None
    if isinstance(said, str) and "".join(filter(str.isalpha, said)) in SUCCESSES:
        # a text is a failure, also one that reads as the code of a success
        found["message"] = "the text {!r}".format(said)
    return found


class Printed:
    """What the process writes to file descriptor 1, taken after each statement."""

    def __init__(self):
        descriptor, path = tempfile.mkstemp(prefix="script-", suffix=".out")
        self._reading = os.open(path, os.O_RDWR)
        appending = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(appending, 1)
        os.close(descriptor)
        os.close(appending)
        os.remove(path)
        self._taken = 0  # bytes

    def take(self):
        """The text since the last time; of a long text the head, the size and a digest."""
        with contextlib.suppress(Exception):  # the script may have replaced or closed the stream
            sys.stdout.flush()
        with contextlib.suppress(OSError):
            # The file is never cut: another process may write between the look and the cut.
            size = os.fstat(self._reading).st_size
            self._taken = min(self._taken, size)  # the script may have cut it
            size -= self._taken
            head = self._read(min(size, PRINTED))
            if size <= PRINTED:
                return head.decode("utf-8", "replace")
            digest, left = hashlib.blake2b(head, digest_size=16), size - PRINTED
            while left:
                chunk = self._read(min(left, 1 << 20))
                digest.update(chunk)
                left -= len(chunk) or left
            note = "\n... {} bytes in all, digest {}".format(size, digest.hexdigest())
            return head.decode("utf-8", "replace") + note
        return ""

    def _read(self, length):
        read = os.pread(self._reading, length, self._taken)
        self._taken += len(read)
        return read


class Warned(logging.Handler):
    """The warnings of Python, and of the loggers of TensorFlow and Keras, as texts."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self._seen = []
        show = warnings.showwarning

        def note(message, category, *rest, **more):
            self._seen.append("{}: {}".format(category.__name__, message))
            return show(message, category, *rest, **more)

        warnings.showwarning = note
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self)

    def emit(self, record):
        with contextlib.suppress(Exception):  # a message that does not fit its arguments
            self._seen.append("{}: {}".format(record.levelname, record.getMessage()))

    def take(self):
        texts = [capture.text(each)[:1000] for each in dict.fromkeys(self._seen)]
        self._seen = []
        return texts
