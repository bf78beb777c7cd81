"""The tables of the trace. One row an event; everything a screen asks for by a key of its own."""

__all__ = ["SCHEMA"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, phase TEXT NOT NULL, state BLOB NOT NULL,
    seal INTEGER NOT NULL, own INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS run_phase ON run (phase, id);
CREATE INDEX IF NOT EXISTS run_own ON run (own, id);
CREATE INDEX IF NOT EXISTS run_own_phase ON run (own, phase, id);
CREATE TABLE IF NOT EXISTS event (
    pos INTEGER PRIMARY KEY, run INTEGER NOT NULL, n INTEGER NOT NULL, at REAL NOT NULL, e BLOB NOT NULL,
    seal INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS event_run ON event (run, n);
CREATE TABLE IF NOT EXISTS chunk (sha256 TEXT NOT NULL UNIQUE, data BLOB NOT NULL, seal INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS body (
    sha256 TEXT PRIMARY KEY, chunks BLOB NOT NULL, seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rollup (
    size INTEGER NOT NULL, at INTEGER NOT NULL, agent TEXT NOT NULL, role TEXT NOT NULL,
    started INTEGER NOT NULL, done INTEGER NOT NULL, failed INTEGER NOT NULL, ended INTEGER NOT NULL,
    killed INTEGER NOT NULL, calls INTEGER NOT NULL, errors INTEGER NOT NULL, unknown INTEGER NOT NULL,
    denied INTEGER NOT NULL, models INTEGER NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
    cost REAL NOT NULL, PRIMARY KEY (size, at, agent, role)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stops (
    n INTEGER PRIMARY KEY, "order" TEXT NOT NULL, run TEXT NOT NULL, verb TEXT NOT NULL, at REAL NOT NULL,
    canary INTEGER NOT NULL, pushed REAL, closed REAL, recorded REAL, acknowledged REAL, drained REAL,
    confirmed REAL, presumed REAL, UNIQUE ("order", run)
) STRICT;
"""
