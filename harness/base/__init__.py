"""The base of all other packages: errors, files, processes, words, and project directories."""
