"""Everything that can go wrong, in words.

The whole tree::

    InterlockError
    |-- ConfigError              a setting, file or token is missing or malformed
    |   |-- ContractError        a tool's contract that is not understood; has each ContractProblem with its place
    |   `-- PolicyError          a policy that means nothing or two things; has each Problem with its place
    |-- WireError                bytes from a peer are not what the protocol allows
    |   `-- VersionError         the peer speaks another protocol version
    |-- ArgumentsError           tool arguments that cannot be bound or encoded exactly
    |-- StoreError               the record or the trace cannot be read or written
    |   |-- CommitUnknown        a commit raised: it may or may not have happened
    |   `-- ChainBroken          the audit chain does not verify; names the first bad entry
    |-- HubError                 the hub answered, and the answer is no
    |   |-- NotAllowed           the operator's role is not enough; says which is, and how to get it
    |   |-- NotFound             it does not know the run, order or body
    |   `-- Unauthorised         the token is missing, wrong, or of the wrong kind
    |-- HubUnavailable           nobody answered in time
    |-- CallTimedOut             a tool did not return in time (also a TimeoutError)
    |-- OutgoingError            a call to a service outside
    |   |-- OutgoingRefused      it may not be made, or its answer may not be followed
    |   `-- OutgoingFailed       it was made, and nothing good came of it
    |-- ResultRefused            a tool returned what its contract does not allow; a write has happened
    `-- GateError                the gate will not let a call start
        |-- CallRefused          this call may not run (policy, class, order)
        |   |-- CircuitOpen      its tool failed too often lately; says until when
        |   |-- OverBudget       its run or role has used up the tool's rate or money
        |   |-- KeyConflict      its idempotency key is another call's, or that call is still in flight
        |   |-- Rejected         a person decided against it; has the reason for the agent
        |   `-- ApprovalTimedOut nobody decided in time, which is no approval
        |-- PermitExpired        too long between permission and start; asked again once, then this
        |-- RunOver              the run has ended: its gate starts nothing more
        `-- RunKilled            the run was killed; every later call raises it again

    KillSignal (BaseException)   how a kill leaves a run from the inside, so that no
                                 ``except Exception`` of an agent can swallow it; past the run's ``with``
                                 block it becomes RunKilled
    CancelSignal (BaseException) a cancel order, raised only where the agent asks for it

Classes hold facts as attributes and build the sentence from them: lower case, no full stop, what happened,
the value in repr, what to do next.
"""

from time import gmtime, strftime
from typing import NamedTuple


class InterlockError(Exception):
    """The base of every ordinary error this package raises."""


class ConfigError(InterlockError):
    """A setting, file or token is missing or malformed."""

    def __init__(self, what: str, *, value: object = None, fix: str) -> None:
        self.what, self.value, self.fix = what, value, fix
        super().__init__(what, value, fix)

    def __str__(self) -> str:
        shown = "" if self.value is None else f" {self.value!r}"
        return f"{self.what}{shown}: {self.fix}"


class Problem(NamedTuple):
    """One thing that is wrong in a file: where (counted from 1; 0 where there are no lines), what, and what to do."""

    line: int
    column: int
    problem: str
    fix: str


class PolicyError(ConfigError):
    """A policy that cannot be taken as it is. ``problems`` has all of them, in the order of the text; never empty."""

    def __init__(self, problems: tuple[Problem, ...], *, name: str = "policy.yaml") -> None:
        self.problems = problems
        self.name = name
        first = self.problems[0]
        count = len(self.problems) - 1
        more = f" ({count} more: 'interlock policy check' lists them)" if count else ""
        place = f"{name!r}, line {first.line}, column {first.column}" if first.line else repr(name)
        super().__init__(f"{place}: {first.problem}", fix=first.fix + more)
        # What an exception is copied and pickled by.
        self.args = (self.problems,)


class ContractProblem(NamedTuple):
    """One thing that is wrong in a contract or in guardrails: the path to it, what is wrong, and what to write."""

    place: tuple[str | int, ...]
    problem: str
    fix: str


class ContractError(ConfigError):
    """A tool's contract cannot be understood; ``problems`` has all that is wrong with it, never empty."""

    def __init__(self, problems: tuple[ContractProblem, ...]) -> None:
        self.problems = problems
        said = "; ".join(f"{'.'.join(map(str, p.place))}: {p.problem}, {p.fix}" for p in problems)
        super().__init__("a contract is not understood", fix=said)
        # What an exception is copied and pickled by.
        self.args = (problems,)


class WireError(InterlockError):
    """A frame or an event is not what the protocol allows; ``place`` says where in it."""

    def __init__(self, problem: str, *, place: str = "frame") -> None:
        self.problem, self.place = problem, place
        super().__init__(problem, place)

    def __str__(self) -> str:
        return f"malformed {self.place}: {self.problem}"


class VersionError(WireError):
    """The peer speaks another protocol version."""

    def __init__(self, theirs: int, ours: int) -> None:
        self.theirs, self.ours = theirs, ours
        super().__init__(f"protocol version {theirs!r}, this side speaks {ours!r}; upgrade the older side")


class ArgumentsError(InterlockError):
    """Tool arguments that cannot be bound to the signature, or encoded so that they mean one thing only."""

    def __init__(self, tool: str, problem: str) -> None:
        self.tool, self.problem = tool, problem
        super().__init__(tool, problem)

    def __str__(self) -> str:
        return f"arguments of {self.tool!r} refused: {self.problem}; pass plain JSON values"


class StoreError(InterlockError):
    """The record or the trace cannot be opened, read or written."""

    def __init__(self, problem: str, *, path: str, fix: str) -> None:
        self.problem, self.path, self.fix = problem, path, fix
        super().__init__(problem, path, fix)

    def __str__(self) -> str:
        return f"{self.path!r}: {self.problem}; {self.fix}"


class CommitUnknown(StoreError):
    """A commit raised, so it may or may not have happened; only recovery can tell."""


class ChainBroken(StoreError):
    """The audit chain does not verify; ``entry`` is the number of the first bad entry."""

    def __init__(self, entry: int, problem: str, *, path: str) -> None:
        self.entry = entry
        super().__init__(
            f"entry {entry} is bad: {problem}",
            path=path,
            fix="keep this copy as evidence and compare it with a backup",
        )


class HubError(InterlockError):
    """The hub answered with a refusal; ``code`` is stable, ``problem`` is the hub's sentence."""

    def __init__(self, problem: str, *, code: str = "refused") -> None:
        self.problem, self.code = problem, code
        super().__init__(problem, code)

    def __str__(self) -> str:
        return f"the hub refused ({self.code}): {self.problem}"


class NotFound(HubError):
    """The hub does not know this run, order or body, or what else was named; ``told`` is then its own sentence."""

    def __init__(self, what: str, name: str, told: str = "") -> None:
        self.what, self.name = what, name
        super().__init__(
            told or f"no {what} {name!r}; 'interlock runs' lists what there is", code="not_found"
        )


class NotAllowed(HubError):
    """The token is good, and what was asked takes a role that its operator does not have."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, code="role")


class Unauthorised(HubError):
    """The token is missing, wrong, or of the wrong kind."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, code="unauthorised")


class HubUnavailable(InterlockError):
    """Nobody answered at ``url`` within ``waited`` seconds; ``doing`` is what could not be done."""

    def __init__(self, doing: str, *, url: str, waited: float) -> None:
        self.doing, self.url, self.waited = doing, url, waited
        super().__init__(doing, url, waited)

    def __str__(self) -> str:
        silence = f"no answer from the hub at {self.url!r} in {self.waited:.1f} s"
        return f"cannot {self.doing}: {silence}; is 'interlock hub' running?"


class CallTimedOut(InterlockError, TimeoutError):
    """A tool did not return within ``limit`` seconds. A write may have happened, or happen yet: look first."""

    def __init__(self, run: str, tool: str, limit: float, *, permit: str | None) -> None:
        self.run, self.tool, self.limit, self.permit = run, tool, limit, permit
        super().__init__(run, tool, limit, permit)

    def __str__(self) -> str:
        said = f"{self.tool!r} did not return within {self.limit:g} s in run {self.run!r}"
        if self.permit is None:
            return f"{said}; it is a read and may be repeated"
        return (
            f"{said}: its outcome is unknown; look for permit {self.permit!r} downstream before you repeat it"
        )


class ResultRefused(InterlockError):
    """A tool returned what its contract's schema does not allow, at ``place`` (a JSON pointer) of ``result``.

    A read has failed. A write has happened: ``permit`` is its permit, and ``result`` what it returned.
    """

    def __init__(
        self, run: str, tool: str, place: str, problem: str, *, permit: str | None, result: object
    ) -> None:
        self.run, self.tool, self.place, self.problem = run, tool, place, problem
        self.permit, self.result = permit, result
        super().__init__(run, tool, place, problem)

    def __str__(self) -> str:
        said = f"what {self.tool!r} returned in run {self.run!r} is wrong at {self.place!r}, {self.problem}"
        if self.permit is None:
            return f"{said}; it is a read and may be repeated"
        return (
            f"{said}: its effect happened, so look for permit {self.permit!r} downstream and do not repeat it"
        )


class OutgoingError(InterlockError):
    """A call to a service outside; ``url`` and ``problem`` may hold other people's words."""

    fix = ""

    def __init__(self, url: str, problem: str) -> None:
        self.url, self.problem = url, problem
        super().__init__(url, problem)

    def __str__(self) -> str:
        return f"no call to {self.url[:200]!r}: {self.problem}; {self.fix}"


class OutgoingRefused(OutgoingError):
    """It may not be made, or what it answered may not be followed."""

    fix = "name a listed place, as it is listed"


class OutgoingFailed(OutgoingError):
    """It was made, and nothing good came of it."""

    fix = "see whether the service is well"


class GateError(InterlockError):
    """The gate will not let a call start; ``run`` and ``tool`` say which."""

    def __init__(self, run: str, tool: str, problem: str) -> None:
        self.run, self.tool, self.problem = run, tool, problem
        super().__init__(run, tool, problem)

    def __str__(self) -> str:
        return f"{self.tool!r} did not start in run {self.run!r}: {self.problem}"


class CallRefused(GateError):
    """This call may not run: ``code`` is the stable reason (``hub_away``, ``policy``, ``paused`` ...)."""

    def __init__(self, run: str, tool: str, problem: str, *, code: str) -> None:
        self.code = code
        super().__init__(run, tool, problem)


class Rejected(CallRefused):
    """A person looked at this very call and decided against it: ``by`` and ``reason`` are theirs."""

    def __init__(self, run: str, tool: str, *, by: str, reason: str) -> None:
        self.by, self.reason = by, reason
        said = f"{by!r} rejected it ({reason!r}); do not ask for the same again, go on without it or ask the person"
        super().__init__(run, tool, said, code="rejected")


class ApprovalTimedOut(CallRefused):
    """Nobody decided on this call in time. Nothing ran, and nothing will: it is safe to ask again."""

    def __init__(self, run: str, tool: str, *, waited: float) -> None:
        self.waited = waited
        said = f"nobody decided on it within {waited:.0f} s, which is no approval; it is safe to ask again"
        super().__init__(run, tool, said, code="timed_out")


class CircuitOpen(CallRefused):
    """The breaker of a tool, or of one ``endpoint`` of it, is open ``until`` then (Unix seconds, wall clock).

    ``left_s`` seconds are left; 0 while the one call that probes it is under way.
    """

    def __init__(self, run: str, tool: str, *, endpoint: str, left_s: float, until: float) -> None:
        self.endpoint, self.left_s, self.until = endpoint, left_s, until
        where = f" for endpoint {endpoint!r}" if endpoint else ""
        if left_s > 0:
            then = strftime("%H:%M:%SZ", gmtime(until))
            problem = f"its breaker{where} is open until {then}, for {left_s:.1f} s more; repeat it then"
        else:
            problem = f"its breaker{where} lets one call through to probe; repeat it once that has ended"
        super().__init__(run, tool, problem, code="breaker")


class OverBudget(CallRefused):
    """The run or the role has used up a limit of the tool's contract; ``left_s`` until it has more, None for never."""

    def __init__(
        self, run: str, tool: str, *, limit: str, used: str, asked: str, left_s: float | None
    ) -> None:
        self.limit, self.used, self.asked, self.left_s = limit, used, asked, left_s
        then = "the run gets no more" if left_s is None else f"there is more in {left_s:.1f} s"
        problem = f"its budget is {limit!r}, {used} used and {asked} asked for; {then}"
        super().__init__(run, tool, problem, code="budget")


class KeyConflict(CallRefused):
    """Another call of the run, ``first``, has this call's idempotency key: it is in flight, or had other arguments."""

    def __init__(self, run: str, tool: str, *, first: str, in_flight: bool) -> None:
        self.first, self.in_flight = first, in_flight
        what = "is still in flight; wait for its answer" if in_flight else "had other arguments; use those"
        super().__init__(run, tool, f"call {first!r} has the same idempotency key and {what}", code="key")


class PermitExpired(GateError):
    """The process stood still too long between permission and start, twice."""

    def __init__(self, run: str, tool: str, waited_ms: float) -> None:
        self.waited_ms = waited_ms
        super().__init__(
            run,
            tool,
            f"{waited_ms:.0f} ms passed between its permit and its start; the call is safe to repeat",
        )


class RunOver(GateError):
    """The run has ended; its gate starts nothing more."""

    def __init__(self, run: str, tool: str) -> None:
        super().__init__(run, tool, "the run has ended; open a new one with gate.run(...)")


class RunKilled(GateError):
    """The run was killed by ``order`` of ``by``; every later call of its gate raises this again."""

    def __init__(self, run: str, tool: str, *, order: str, reason: str, by: str = "") -> None:
        self.order, self.reason, self.by = order, reason, by
        whose = f" of {by!r}" if by else ""
        problem = f"killed by order {order!r}{whose} ({reason!r}); a killed run never resumes"
        super().__init__(run, tool, problem)


class KillSignal(BaseException):
    """Raised inside a killed run. Past the run's ``with`` block it becomes :class:`RunKilled`."""

    def __init__(self, run: str, *, order: str, reason: str) -> None:
        self.run, self.order, self.reason = run, order, reason
        super().__init__(run, order, reason)

    def __str__(self) -> str:
        return f"run {self.run!r} killed by order {self.order!r}"


class CancelSignal(BaseException):
    """Raised by ``run.check_cancelled()`` once an operator asked the agent to end by itself."""

    def __init__(self, run: str, *, order: str, reason: str) -> None:
        self.run, self.order, self.reason = run, order, reason
        super().__init__(run, order, reason)

    def __str__(self) -> str:
        return f"run {self.run!r} was asked to end by order {self.order!r}"
