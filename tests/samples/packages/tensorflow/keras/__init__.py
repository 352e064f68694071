from . import layers

__all__ = ["__version__", "layers"]

__version__ = "2.99.1"
