"""Targets, and the virtual environments that are made of them; everything through uv."""
