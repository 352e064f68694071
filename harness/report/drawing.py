"""Matplotlib with neither the settings nor the cache of the user: plots are the same everywhere,
and no file is written elsewhere. Whatever draws imports Matplotlib from here.
"""

import atexit
import os
import shutil
import tempfile

_directory = tempfile.mkdtemp(prefix="state-harness-")
atexit.register(shutil.rmtree, _directory, ignore_errors=True)
os.environ["MPLCONFIGDIR"] = _directory  # Matplotlib reads the variable when it is imported

from matplotlib import rc_context, rcdefaults  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: E402
from matplotlib.colors import ListedColormap  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

__all__ = ["Axes", "Figure", "FigureCanvasSVG", "ListedColormap", "rc_context"]

rcdefaults()  # a file `matplotlibrc` in the working directory is read as well
