"""The packages whose releases decide what a recurrent layer does."""

# each distribution, and the package of which it is a release: nightlies have names of their own
RELEASED = {
    "tensorflow": "tensorflow",
    "tf-nightly": "tensorflow",
    "keras": "keras",
    "keras-nightly": "keras",
    "tf-keras": "tf-keras",
}
PACKAGES = tuple(dict.fromkeys(RELEASED.values()))
# a build is made again with these versions; NumPy feeds every array
DECISIVE = (*RELEASED, "numpy")
