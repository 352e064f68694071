"""Reports for people. A renderer turns verdicts and records into text, and decides no verdict."""
