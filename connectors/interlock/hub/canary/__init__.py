"""The canary: a run of the hub's own that is paused, resumed and killed every minute, through the whole real path.

A process beside the hub, started and watched by it. It holds a real gate and gives real orders over HTTP, and says on
its standard output what it saw: one verdict a line. What the hub's receipts claim, it checks with its own eyes.
"""
