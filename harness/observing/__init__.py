"""Observes a target: starts the probe, and makes results and baselines from its record."""
