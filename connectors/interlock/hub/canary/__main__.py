"""``python -m interlock.hub.canary``: started by the hub, which says by the environment where it is.

Each line on standard output is a verdict. It ends with its standard input, so it never outlives its hub, and after a
proof that failed: the hub starts another, which knows nothing of what went wrong.
"""

import json
import os
import sys
import threading
import time

from interlock.errors import InterlockError
from interlock.gate import connect
from interlock.hub.canary.operator import Operator
from interlock.hub.canary.proof import STAGE_SECONDS, Proof

EXIT_FAILED = 3
"""A proof failed, and was reported."""


def main() -> int:
    """Prove the brake until told to end; return the exit code."""
    url, every = os.environ["INTERLOCK_URL"], float(os.environ["INTERLOCK_CANARY_EVERY"])
    operator_token = os.environ.pop("INTERLOCK_CANARY_OPERATOR")
    agent_token = os.environ.pop("INTERLOCK_AGENT_TOKEN")
    threading.Thread(target=_end_with_the_hub, daemon=True).start()
    try:
        gate = connect(url, agent_token)
    except InterlockError as error:
        _say({"run": "", "ok": False, "problem": f"the canary cannot connect: {error}", "orders": {}})
        return EXIT_FAILED
    while True:
        began = time.monotonic()
        operator = Operator(url, operator_token, STAGE_SECONDS * 2)
        verdict = Proof(gate, operator).take()
        operator.close()
        _say(verdict)
        if not verdict["ok"]:
            gate.close(1.0)
            return EXIT_FAILED
        time.sleep(max(0.0, began + every - time.monotonic()))


def _say(verdict: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({**verdict, "at": time.time()}) + "\n")
    sys.stdout.flush()


def _end_with_the_hub() -> None:
    """End at once when the other end of standard input is gone: whoever held it is."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    # Threads may be held by a gate for as long as they like.
    code = main()
    sys.stdout.flush()
    os._exit(code)
