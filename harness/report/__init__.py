"""What people read. A renderer decides nothing: verdicts and records come in, text goes out."""
