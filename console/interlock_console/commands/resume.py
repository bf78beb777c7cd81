"""``interlock resume``: a paused run goes on. A kill is never lifted."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._orders import add_order_arguments, give

HELP = "let paused runs go on"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    add_order_arguments(parser, "resume", wait="recorded")


def run(args: Namespace) -> int:
    """Give the order and print its receipts."""
    return give("resume", args)
