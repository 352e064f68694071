"""What results come to: verdicts on one target, changes between two. Pure: nothing is run."""
