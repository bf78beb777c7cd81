"""The control plane as a machine: frames, orders and time in, effects out. No I/O, no clock."""
