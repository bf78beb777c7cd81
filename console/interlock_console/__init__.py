"""The console: the terminal where an on-call engineer watches and stops agents."""
