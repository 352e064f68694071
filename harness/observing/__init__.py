"""What a target does: the probe is started, and its record becomes results and baselines."""
