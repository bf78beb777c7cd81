"""Jobs: what the hub asks an agent's process to run for it, as frames. A gate offers tools, the hub sends jobs.

A job is a run of its own at the gate that takes it, and passes that gate like everything else. The hub names the key
under which its effect happens at most once, however often the job is sent.
"""

from typing import Annotated, Literal

from pydantic import Field

from interlock import ids
from interlock.events import CallId, ToolClass
from interlock.model import Model, Name, Permit, Run
from interlock.text import Untrusted

__all__ = ["DEFAULTS_MAX", "JOBS_MAX", "OFFERS_MAX", "RESULT_MAX", "Did", "Do", "Doing", "Offered", "Offers"]

OFFERS_MAX = 200
"""Tools that one gate can offer."""
JOBS_MAX = 1000
"""Jobs that a host remembers, the newest ones."""
RESULT_MAX = 16 * 1024
"""Characters of a result that go back with the job; the trace of the job's run has it in full."""

DEFAULTS_MAX = 4096
"""Characters of the defaults of one tool."""

Job = Annotated[str, Field(pattern=ids.JOB)]
Key = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._:-]*$")]


# from a gate to the hub


class Offered(Model):
    """A tool that this process runs on the hub's behalf."""

    tool: Name
    cls: ToolClass
    definition: Annotated[str, Field(max_length=64)] = ""
    """SHA-256 of the tool as this process has it, where it says so."""
    defaults: Annotated[str, Field(max_length=DEFAULTS_MAX)] = "{}"
    """A JSON object: what the tool fills in for arguments that a job does not name."""


class Offers(Model):
    """All tools that this gate runs on the hub's behalf, in place of what it offered before.

    Said after each ``welcome``, and when it changes.
    """

    kind: Literal["offers"] = "offers"
    agent: Name
    role: Name
    """Whose runs the jobs will be."""
    tools: Annotated[tuple[Offered, ...], Field(max_length=OFFERS_MAX)]
    jobs: Annotated[tuple[Job, ...], Field(max_length=JOBS_MAX)] = ()
    """The jobs it remembers: asked for one of these again, it answers and runs nothing twice."""


class Doing(Model):
    """A job is a run now. Said before that run asks for anything, and again after a reconnect."""

    kind: Literal["doing"] = "doing"
    job: Job
    run: Run
    call: CallId | None = None


class Did(Model):
    """A job has ended, as its host saw it. Said once, and again whenever the hub asks for the job again."""

    kind: Literal["did"] = "did"
    job: Job
    outcome: Literal["done", "failed", "unknown", "refused"]
    """``refused``: it did not start. The gate, the policy, a person or an order said no."""
    result: Annotated[Untrusted, Field(max_length=RESULT_MAX)] | None = None
    """Canonical JSON; left out where it is longer, or no JSON."""
    error: Annotated[Untrusted, Field(max_length=2000)] | None = None


# from the hub to a gate


class Do(Model):
    """Run this, as a run of its own. A host that knows the job answers from memory."""

    kind: Literal["do"] = "do"
    job: Job
    what: Literal["compensate", "probe"]
    tool: Name
    args: Annotated[Untrusted, Field(max_length=RESULT_MAX)]
    """A JSON object: the arguments by name."""
    fits: bool = False
    """Of these the tool gets those that it takes; otherwise it gets all, or refuses them."""
    key: Key = ""
    """What the tool is to hand downstream as its idempotency key; empty for a probe."""
    permit: Permit
    """What is made good, or looked for."""
    goal: Annotated[Untrusted, Field(max_length=2000)]
