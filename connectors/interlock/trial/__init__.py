"""What a tool really does when something goes wrong: its contract held against it, in a sandbox.

The tool is called through a real gate at a hub of the trial's own. Its effects are counted outside of it, by a command,
and what goes wrong happens on the way to its downstream: answers that come late, get lost, or are wrong.
"""
