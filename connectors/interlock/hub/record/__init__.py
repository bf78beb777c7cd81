"""The record: the audited, hash-chained, append-only log of everything that gives or takes rights."""

from interlock.hub.record.store import Entry, Record
from interlock.hub.record.verify import Verdict, verify

__all__ = ["Entry", "Record", "Verdict", "verify"]
