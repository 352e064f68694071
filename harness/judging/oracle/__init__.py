"""The float64 reference: what the steps with fixed weights are defined to give."""
