"""Writes the files that the scenario `older_files` reads: `python write.py DIRECTORY NAME ...`.

`nox -s fixtures` runs this script in the environments of the releases that NAMEs begin with.
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from older_files import make

if __name__ == "__main__":
    model = make()
    for name in sys.argv[2:]:
        path = os.path.join(sys.argv[1], name)
        (model.save_weights if ".weights." in name else model.save)(path)
