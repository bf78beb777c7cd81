"""One run as a person reads it: events folded into rows, rows into words, words into lines. Nothing here paints."""
