"""Targets of new releases: finds the releases, proposes targets, and makes them."""
