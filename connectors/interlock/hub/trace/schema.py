"""The tables of the trace. One row an event; everything a screen asks for by a key of its own."""

from interlock.hub.sqlite import Layout

__all__ = ["LAYOUT"]

_FIRST = """
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
    sha256 TEXT NOT NULL, list BLOB NOT NULL, chunks BLOB NOT NULL, seal INTEGER NOT NULL,
    PRIMARY KEY (sha256, list)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (
    run INTEGER NOT NULL, kind INTEGER NOT NULL, n INTEGER NOT NULL, seal INTEGER NOT NULL,
    PRIMARY KEY (run, kind, n)
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

# Which runs name a long text, and which texts a piece is part of: what erasing one asks. In version 1 only the events
# knew, so they are read once: every object in an event that has a digest and a list of pieces.
_USES = (
    """
CREATE TABLE use (
    sha256 TEXT NOT NULL, run INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (sha256, run)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX use_run ON use (run, sha256)",
    "CREATE INDEX use_at ON use (at, sha256)",
    "CREATE TABLE part (chunk TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (chunk, body)) STRICT, WITHOUT ROWID",
    "CREATE INDEX part_body ON part (body, chunk)",
    "CREATE TABLE erased (sha256 TEXT NOT NULL PRIMARY KEY, erasure TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX erased_erasure ON erased (erasure)",
    """
INSERT OR IGNORE INTO use
SELECT node.value, event.run, max(event.at) FROM event, json_tree(CAST(event.e AS TEXT)) AS node
WHERE instr(event.e, CAST('"chunks"' AS BLOB)) AND node.key = 'sha256' AND node.type = 'text'
AND EXISTS (SELECT 1 FROM body WHERE body.sha256 = node.value)
GROUP BY node.value, event.run
""",
    """
INSERT OR IGNORE INTO part
WITH RECURSIVE names (body, name, rest) AS (
    SELECT sha256, '', CAST(chunks AS TEXT) || ' ' FROM body
    UNION ALL
    SELECT body, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM names WHERE rest != ''
)
SELECT name, body FROM names WHERE name != ''
""",
)

_SIDES = (
    """
CREATE TABLE IF NOT EXISTS side_stage (
    "order" TEXT NOT NULL, since REAL NOT NULL, active TEXT NOT NULL, candidate TEXT NOT NULL
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS side (
    digest TEXT NOT NULL, rule TEXT NOT NULL, verdict TEXT NOT NULL, "count" INTEGER NOT NULL,
    PRIMARY KEY (digest, rule, verdict)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS side_run (
    digest TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (digest, run)
) STRICT, WITHOUT ROWID
""",
)

LAYOUT = Layout(_FIRST, (_USES, _SIDES))
"""Version 2 knows who names a long text, version 3 what both sides of a staged policy decided."""
