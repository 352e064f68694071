"""Checking a target, or many: environment, probe, judgement, and the files that a run leaves."""
