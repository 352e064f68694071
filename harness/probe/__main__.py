"""The probe: runs the scenarios in a TensorFlow environment and writes a record of them.

Run by path with the environment's own interpreter (Python 3.7 to 3.13; standard library, numpy
and tensorflow only):

    python harness/probe --target NAME --output FILE --runs N
                         (--scenarios DIRECTORY | --script FILE [--directory DIRECTORY]
                          [--argument=TEXT ...])
                         [--packages DIRECTORY] [--lock-sha256 HEX] [--jobs N]
                         [--time-limit SECONDS] [--import-limit SECONDS] [--threads N]
                         [--without-watch] [--only NAME ...] [--ask]

Wire contract
-------------
in      the arguments above; `--scenarios` is a directory of scenario files, each with a function
        `scenario(variant, step)`; `--script` is a plain script, run with the arguments
        `--argument`, in `--directory` or each time in a new directory; `--packages` is a directory
        of more packages that can be imported; `--runs` is the number of runs of each; `--threads`
        is the number of threads that TensorFlow computes with (default: TensorFlow chooses);
        `--without-watch` leaves out the internals of Keras, to measure their cost; `--only` names
        what to run: scenarios, or `internals` for the internals of Keras (default: everything);
        the record names the rest, as `left_out`. `switches.py` says which environment variable
        the probe reads.
asked   with `--ask`, the probe writes FILE after these runs, and then reads one line from its
        standard input: a JSON list of objects with the keys `scenario`, `variant`, `runs` and
        `why`, that is, how often to run each scenario and variant in all. The probe runs what is
        left to run, and writes FILE again, with the list in it as `run_counts`; `why` is for the
        readers of the record. The end of the input instead of a line asks for no more runs.
out     FILE, one JSON document (a record). The probe writes a neighbouring file and renames that
        file, so that FILE is complete or absent. `harness/observing/records.py` defines the layout;
        `SCHEMA_VERSION` below changes with the layout.
exit    0: FILE is written, also if TensorFlow could not be imported or a scenario failed.
        2: the arguments are wrong. Any other code: the probe itself failed and there is no FILE
        (SIGALRM: the import of TensorFlow exceeded its time limit; SIGKILL: on Linux also if the
        thread that started the probe ended before it).

The probe imports TensorFlow once. Then it runs the scenarios in child processes made by `fork`
(`running.py` assigns scenarios and variants to the children). Each scenario and variant has its own
time limit. A scenario that crashes, hangs or leaks state does not affect the scenarios in other
children.
"""

import argparse
import collections
import contextlib
import datetime
import gc
import json
import os
import pathlib
import signal
import sys
import time
import traceback

import linux
import switches

SCHEMA_VERSION = 1
INTERNALS = "internals"  # of `--only`


def arguments():
    parser = argparse.ArgumentParser(prog="probe", description=__doc__.splitlines()[0])
    parser.add_argument("--target", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--scenarios", type=pathlib.Path)
    what.add_argument("--script", type=pathlib.Path)
    parser.add_argument("--directory", type=pathlib.Path)
    parser.add_argument("--argument", action="append", default=[])
    parser.add_argument("--packages")
    parser.add_argument("--runs", required=True, type=int)
    parser.add_argument("--lock-sha256", default=None)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--import-limit", type=int, default=300)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--without-watch", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--ask", action="store_true")
    return parser.parse_args()


def import_tensorflow(threads):
    """Import TensorFlow and the Keras behind `tf.keras`, which newer releases load lazily.

    `threads` is the number of threads that TensorFlow computes with; 0: TensorFlow chooses.
    """
    gc.disable()  # there is no garbage yet, and collecting takes a tenth of the import time
    import tensorflow

    _ = tensorflow.keras.layers.RNN
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    gc.freeze()  # the children share these memory pages; the collector must not write to them
    gc.enable()


def write(record, path):
    """Write the record as JSON; `path` is complete or unchanged, also after a crash."""
    beside = path.with_name(path.name + ".part")
    try:
        # Text that is not Unicode, as some environment variables are, is no valid JSON either.
        with open(str(beside), "w", encoding="utf-8", errors="replace") as stream:
            stream.write(json.dumps(record, ensure_ascii=False))  # `dump` takes twice as long
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(str(beside), str(path))
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        sys.exit("{}: cannot be written: {}".format(path, error.strerror))


def run_script(plan, options):
    """Run a plain script in children, and return its part of the record."""
    import isolate

    queue = collections.deque(plan.work(number + 1) for number in range(options.runs))
    runs = []
    for child in isolate.finished(queue, options.jobs, options.time_limit):
        runs.extend(child.work.documents(child)[0])
    runs.sort(key=lambda document: document["number"])
    return {"statements": plan.document(), "runs": runs}


def run_scenarios(options, record, save):
    """Run the scenarios and the internals watch in children, and fill their part of the record.

    With `--ask`, save the record then, read how often to run each scenario, and do so.

    TensorFlow runs nothing in this process, since its threads do not survive a fork.
    """
    import internals
    import layers
    import protocol
    import running

    def watch(send):  # all in one child, since the first model of a process costs most
        internals.watch(send)
        layers.look(send)
        protocol.trace(send)

    works, broken = running.works(options.scenarios, options.runs, options.only)
    record["left_out"] = running.left_out(options.scenarios, options.only)
    queue = collections.deque(works)
    if options.without_watch or (options.only and INTERNALS not in options.only):
        record["left_out"].append(INTERNALS)
    else:
        # The watch takes long: if it started last, the other cores would wait for it at the end.
        queue.appendleft(watch)
    ran = run_children(queue, options, record)
    record["runs"] = running.in_order(ran, works) + broken
    if options.ask:
        save()
        record["run_counts"] = json.loads((sys.stdin.buffer.readline() or b"[]").decode("utf-8"))
        queue = collections.deque(running.more(works, record["run_counts"], options.runs))
        ran += run_children(queue, options, record)
        record["runs"] = running.in_order(ran, works) + broken


def run_children(queue, options, record):
    """Do the works of a queue in children; return the documents of their runs.

    What the internals watch sees goes into the record.
    """
    import isolate
    import running
    import wire

    ran = []
    for child in isolate.finished(queue, options.jobs, options.time_limit):
        if isinstance(child.work, running.Running):
            documents, rest = child.work.documents(child)
            ran.extend(documents)
            if rest:  # the child died before these scenarios
                queue.append(rest)
        else:
            record.update(wire.watched(child))
    return ran


def observe(options, record, save):
    """Fill the record. A plain script that sets environment variables first runs first."""
    if options.packages:  # after the packages of the environment, which stay as they are
        sys.path.append(options.packages)
    plan = None
    turned = switches.chosen()
    if options.script:
        import plain

        plan = plain.Plan(options.script, options.argument, options.directory)
        if plan.before_imports and turned:
            raise ValueError(
                "a script that sets environment variables before it imports TensorFlow runs "
                "without " + " and ".join(turned)
            )
        if plan.before_imports:
            record.update(run_script(plan, options))
    began = time.monotonic()
    signal.alarm(options.import_limit)  # ends the probe; the children have their own limits
    import_tensorflow(options.threads)
    if turned:
        switches.turn(turned)
    signal.alarm(0)
    record["seconds"]["import"] = time.monotonic() - began

    # imports tensorflow and numpy, so it comes after the guarded import
    import environment

    record["environment"] = environment.describe()
    if plan is None:
        run_scenarios(options, record, save)
    elif not plan.before_imports:
        record.update(run_script(plan, options))


def main():
    started_by = os.getppid()
    linux.end_with(started_by)
    options = arguments()
    began = time.monotonic()  # a clock may be set back meanwhile
    record = {
        "schema_version": SCHEMA_VERSION,
        "target": options.target,
        "lock_sha256": options.lock_sha256,
        "started": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "failure": None,
        "environment": None,
        "internals": [],
        "sources": {},
        "calls": [],
        "layers": {},
        "internals_failure": None,
        "statements": [],
        "runs": [],
        "run_counts": [],
        "left_out": [],
        "seconds": {},
    }

    def save():
        record["seconds"]["total"] = time.monotonic() - began
        # If the parent is gone, it was killed, and another probe may be writing FILE by now.
        if os.getppid() == started_by:
            write(record, options.output)

    try:
        observe(options, record, save)
    except Exception as error:  # outer boundary of the probe: a failure is data for the harness
        record["failure"] = {
            "type": type(error).__name__,
            "message": str(error),
            "traceback": traceback.format_exc(),
        }
    save()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # skips TensorFlow's teardown, which takes up to half a second and does nothing
