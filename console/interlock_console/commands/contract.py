"""``interlock contract test``: what a tool really does when something goes wrong, in a sandbox."""

from argparse import Namespace

from interlock.errors import ConfigError
from interlock_console.commands._execute import become

HELP = (
    "hold a tool against its contract: contract test MODULE:TOOL --args FILE --effects COMMAND (--proxy VAR)"
)


def run(args: Namespace) -> int:
    """Become the trial of one tool: exit 0 if it keeps its contract, 1 if not, 2 if it could not be tried."""
    words = list(args.rest)
    if words[:1] == ["test"]:
        return become("interlock.trial", words[1:], needs="uvicorn", extra="all")
    if words in (["-h"], ["--help"]):
        return become("interlock.trial", ["--help"], needs="uvicorn", extra="all")
    fix = "write 'interlock contract test MODULE:TOOL --args FILE --effects COMMAND'"
    raise ConfigError("a contract is tested, and nothing else", value=" ".join(words) or None, fix=fix)
