"""What runs unattended, and what answers it: nights, issues, accepted changes, new releases."""
