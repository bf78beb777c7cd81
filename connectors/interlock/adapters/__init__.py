"""Connectors: one file plugs one kind of agent runtime into the gate."""
