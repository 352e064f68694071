"""The packages whose releases determine the behaviour of a recurrent layer."""

# each distribution, and its package: nightly builds are distributions of other names
RELEASED = {
    "tensorflow": "tensorflow",
    "tf-nightly": "tensorflow",
    "keras": "keras",
    "keras-nightly": "keras",
    "tf-keras": "tf-keras",
}
PACKAGES = tuple(dict.fromkeys(RELEASED.values()))
# these versions are enough to make a build again; every array passes through NumPy
DECISIVE = (*RELEASED, "numpy")
