"""``interlock pause``: the next call of the run is held until somebody resumes it."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._orders import add_order_arguments, give

HELP = "freeze runs until they are resumed"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    add_order_arguments(parser, "pause", wait="confirmed")


def run(args: Namespace) -> int:
    """Give the order and print its receipts."""
    return give("pause", args)
