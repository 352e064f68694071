"""What everything else stands on: errors, files, processes, words, and where a project lies."""
