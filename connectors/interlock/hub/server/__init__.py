"""The hub's sockets: what agents and consoles connect to, around the core, the record and the trace."""
