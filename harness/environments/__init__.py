"""Targets and their virtual environments; uv makes them."""
