"""The unattended runs and their follow-up: nights, issues, accepted changes, new releases."""
