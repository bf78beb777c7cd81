"""``interlock kill``: nothing of the run starts any more, and the receipt says how far that is proven."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._orders import add_order_arguments, give

HELP = "stop runs for good, and prove it"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    add_order_arguments(parser, "kill", wait="confirmed")


def run(args: Namespace) -> int:
    """Give the order and print its receipts."""
    return give("kill", args)
