"""The probe: runs the scenarios in a TensorFlow environment and writes down what it saw.

Run by path with the environment's own interpreter (Python 3.7 to 3.13; standard library, numpy
and tensorflow only):

    python harness/probe --target NAME --output FILE --scenarios DIRECTORY --runs N
                         [--lock-sha256 HEX] [--jobs N] [--time-limit SECONDS]
                         [--import-limit SECONDS] [--threads N] [--without-watch]

Wire contract
-------------
in      the arguments above; `--scenarios` is a directory of scenario files, each with a function
        `scenario(variant, step)`; `--runs` is how often each is run; `--threads` is how many
        threads TensorFlow computes with (default: its own choice); `--without-watch` leaves out
        the internals of Keras, to measure their cost.
out     FILE, one JSON document (a record), written to a neighbouring file and renamed, so that it
        is there whole or not at all. `harness/observing/records.py` has its layout, with which
        `SCHEMA_VERSION` below changes.
exit    0: FILE is written, whatever was observed, a TensorFlow that cannot be imported included.
        2: the arguments are wrong. Anything else: the probe itself failed; there is no FILE
        (SIGALRM: TensorFlow was not imported in time).

TensorFlow is imported once. Then each run of each scenario happens in a child made by `fork`, its
variants in turn, each with a time limit of its own: a scenario that crashes, hangs or leaks state
harms no other.
"""

import argparse
import collections
import datetime
import gc
import json
import os
import pathlib
import signal
import sys
import time
import traceback

SCHEMA_VERSION = 1


def arguments():
    parser = argparse.ArgumentParser(prog="probe", description=__doc__.splitlines()[0])
    parser.add_argument("--target", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--scenarios", required=True, type=pathlib.Path)
    parser.add_argument("--runs", required=True, type=int)
    parser.add_argument("--lock-sha256", default=None)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--import-limit", type=int, default=300)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--without-watch", action="store_true")
    return parser.parse_args()


def import_tensorflow(threads):
    """Import TensorFlow and the Keras behind `tf.keras`, which newer releases load lazily.

    TensorFlow is to compute with so many `threads`, or with as many as it likes if that is 0.
    """
    gc.disable()  # nothing to collect yet, and looking for it takes a tenth of the import
    import tensorflow

    _ = tensorflow.keras.layers.RNN
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    gc.freeze()  # the children share these pages; none of them is garbage
    gc.enable()


def write(record, path):
    beside = path.with_name(path.name + ".part")
    with open(str(beside), "w", encoding="utf-8") as stream:
        json.dump(record, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(str(beside), str(path))


def observe(options):
    """Do all that is to be observed in children; TensorFlow runs nothing in this process, since
    its threads would not come through a fork.
    """
    import internals
    import isolate
    import layers
    import protocol
    import running

    seen = {"internals_failure": None, "runs": []}

    def watch(send):  # all in one child, since the first model that a process makes costs most
        internals.watch(send)
        layers.look(send)
        protocol.trace(send)

    works = running.works(options.scenarios, options.runs)
    queue = collections.deque(works)
    if not options.without_watch:
        queue.insert(
            options.runs, watch
        )  # long: neither first nor last, or a core waits for it in the end
    for child in isolate.finished(queue, options.jobs, options.time_limit):
        if child.work is watch:
            for message in child.messages:
                seen.update(message)
            if child.end != "completed":
                seen["internals_failure"] = "{}: {}".format(child.end, child.detail)
        else:
            documents, left = child.work.documents(child)
            seen["runs"].extend(documents)
            if left:
                queue.append(left)
    seen["runs"] = running.in_order(seen["runs"], works)
    return seen


def main():
    options = arguments()
    started_by = os.getppid()
    began = time.time()
    record = {
        "schema_version": SCHEMA_VERSION,
        "target": options.target,
        "lock_sha256": options.lock_sha256,
        "started": datetime.datetime.fromtimestamp(began, datetime.timezone.utc).isoformat(),
        "failure": None,
        "environment": None,
        "internals": [],
        "sources": {},
        "calls": [],
        "layers": {},
        "internals_failure": None,
        "runs": [],
        "seconds": {},
    }
    try:
        signal.alarm(options.import_limit)  # ends the probe; what comes later has limits of its own
        import_tensorflow(options.threads)
        signal.alarm(0)
        record["seconds"]["import"] = time.time() - began

        # these import tensorflow or numpy, so they come after the guarded import
        import environment

        record["environment"] = environment.describe()
        record.update(observe(options))
    except Exception as error:  # the probe's rim: what fails in here is data for the harness
        record["failure"] = {
            "type": type(error).__name__,
            "message": str(error),
            "traceback": traceback.format_exc(),
        }
    record["seconds"]["total"] = time.time() - began
    if os.getppid() == started_by:  # or else it was killed, and FILE may be another probe's by now
        write(record, options.output)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # TensorFlow's own teardown takes up to half a second and has nothing left to do
