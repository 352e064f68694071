"""Judges results: verdicts on one target, and changes between two. Pure: runs no target."""
