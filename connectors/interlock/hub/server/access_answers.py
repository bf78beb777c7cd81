"""The shapes of operators, tokens and break-glass, as the HTTP API takes and answers them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from interlock.model import Model
from interlock.rights import OperatorRole

__all__ = [
    "AgentTokenRequest",
    "EndRequest",
    "GlassAnswer",
    "GlassPage",
    "GlassRequest",
    "HeldGlass",
    "MadeToken",
    "OperatorAnswer",
    "OperatorRequest",
    "OperatorsAnswer",
    "ReviewRequest",
    "RevokeAnswer",
    "RevokeRequest",
    "TokenRequest",
    "TokensAnswer",
]

LIFE_MAX = 10 * 365 * 86_400

OperatorName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,47}$")]
TokenName = Annotated[str, Field(pattern=r"^[at]-[0-9a-f]{12}$")]
GlassName = Annotated[str, Field(pattern=r"^b-[0-9a-f]{16}$")]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Life = Annotated[float, Field(ge=1, le=LIFE_MAX)]
Name = Annotated[str, Field(min_length=1, max_length=512)]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class OperatorRequest(_Shape):
    """An operator to be made, or to be given this role instead of the one they have."""

    name: OperatorName
    role: OperatorRole
    reason: Reason


class RevokeRequest(_Shape):
    """Why a right is taken away."""

    reason: Reason


class EndRequest(_Shape):
    """Why a break-glass is ended before its time."""

    reason: Reason


class TokenRequest(_Shape):
    """How many seconds a token is good for; null for ever."""

    expires_s: Life | None = None


class AgentTokenRequest(_Shape):
    """A token for gates: of which agents, in which role, and which operator asks for what they do."""

    agent: Name
    """A glob: ``*``, ``?`` and ``[..]``."""
    role: Name
    owner: OperatorName
    expires_s: Life | None = None


class GlassRequest(_Shape):
    """The role to be taken for 15 minutes, and why; everybody sees it."""

    role: Literal["approver", "admin"]
    reason: Annotated[str, Field(min_length=8, max_length=500)]


class ReviewRequest(_Shape):
    """What an admin found who looked at what was done."""

    note: Annotated[str, Field(min_length=1, max_length=2000)]


class OperatorTold(_Shape):
    """One operator. ``acts_as`` is more than ``role`` while a break-glass holds; both are null once removed."""

    name: str
    role: OperatorRole | None
    acts_as: OperatorRole | None
    by: str
    at: float
    tokens: int
    """Those that open something."""
    built_in: bool
    """Whoever started the hub: ``operator.token`` is theirs."""


class TokenTold(_Shape):
    """One token, without what opens anything."""

    token: TokenName
    kind: Literal["operator", "agent"]
    operator: str | None
    agent: str | None
    role: str | None
    owner: str | None
    by: str
    at: float
    expires: float | None
    revoked_at: float | None
    revoked_by: str | None
    seen_at: float | None
    """When it last opened a console, to an hour."""


class EndTold(_Shape):
    """How a break-glass ended."""

    by: str
    why: str
    at: float


class ReviewTold(_Shape):
    """Who looked at it, and what they found."""

    by: str
    note: str
    at: float


class GlassTold(_Shape):
    """One break-glass."""

    id: GlassName
    who: str
    role: OperatorRole
    why: str
    since: float
    until: float
    left_s: float | None
    """Null once it has ended."""
    state: Literal["open", "ended", "reviewed"]
    ended: EndTold | None
    review: ReviewTold | None


class HeldGlass(_Shape):
    """A break-glass that holds, as every console shows it."""

    id: GlassName
    who: str
    role: OperatorRole
    why: str
    since: float
    until: float


class OperatorsAnswer(_Shape):
    """All of them, whoever started the hub first."""

    operators: list[OperatorTold]


class OperatorAnswer(_Shape):
    """The operator as of now."""

    operator: OperatorTold
    unrecorded: bool


class TokensAnswer(_Shape):
    """The newest first."""

    tokens: list[TokenTold]


class MadeToken(_Shape):
    """A token that was made. ``secret`` is what opens the hub; it is told this once."""

    token: TokenTold
    secret: str


class RevokeAnswer(_Shape):
    """The token as of now."""

    token: TokenTold
    unrecorded: bool


class GlassAnswer(_Shape):
    """The break-glass as of now."""

    break_glass: GlassTold
    unrecorded: bool


class GlassPage(_Shape):
    """A page of them, newest first."""

    break_glass: list[GlassTold]
    next: str | None
