"""``python -m interlock_console`` is the command ``interlock``."""

import sys

from interlock_console.cli import main

sys.exit(main())
