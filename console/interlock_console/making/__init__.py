"""Making good from the console: plans and their receipts as lines, and what is unknown. Pure, but for the asking."""
