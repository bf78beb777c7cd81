"""The audit record outside the hub: its chain, its signed checkpoints, an export and what verifies one. Pure."""
