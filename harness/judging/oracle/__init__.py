"""The float64 reference: the results of the steps with fixed weights, by definition."""
