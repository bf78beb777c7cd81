"""What holds for a tool: the contract of its code and that of the pushed policy, the stricter of both."""

from dataclasses import replace

from interlock.contract import Contract, ToolClass, stricter

__all__ = ["Terms"]


class Terms:
    """One tool's contract in force, with what the gate asks of it at every call already looked up."""

    __slots__ = ("bare", "cls", "contract", "guarded", "more", "timeout")

    def __init__(self, ours: Contract, theirs: Contract | None = None) -> None:
        """``ours`` is the code's, ``theirs`` the policy's. A tool that neither classifies is ``danger``."""
        both = stricter(ours, theirs)
        self.cls: ToolClass = both.cls or "danger"
        self.contract = both if both.cls else replace(both, cls=self.cls)
        self.timeout = both.timeout_s
        read = self.cls == "read"
        self.more = (both.retries or 0) if read else both.retried
        """Further attempts. A write has none that its contract does not know again."""
        limits = (both.breaker, both.rate, both.money, None if read else both.idempotency)
        self.guarded = any(limit is not None for limit in limits)
        """Something is to be asked before it starts."""
        rest = (self.timeout, both.result, both.reads_virtual, self.more or None)
        self.bare = read and not self.guarded and all(part is None for part in rest)
        """A read that promises nothing: the fast path."""
