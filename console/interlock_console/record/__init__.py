"""The record at the console: a stretch of it in memory, what is looked for, and its chain, checked here."""
