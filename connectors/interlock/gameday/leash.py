"""``python -m interlock.gameday.leash FD MODULE WORDS...``: the module's program, that ends with the stage.

FD is the reading end of a pipe whose other end only the stage has. When the stage is gone, however it went, a kill
-9 included, the pipe ends, and so does this process: asked first, then made to.
"""

import os
import runpy
import signal
import sys
import threading
import time

END_SECONDS = 3.0


def main() -> None:
    """Become the module, and watch the pipe beside it."""
    fd, module = int(sys.argv[1]), sys.argv[2]
    os.set_inheritable(fd, False)
    threading.Thread(target=_watch, args=(fd,), name="leash", daemon=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _watch(fd: int) -> None:
    while os.read(fd, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
