"""``interlock cancel``: the agent is asked to end its run; nothing is forced."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._orders import add_order_arguments, give

HELP = "ask agents to end their runs by themselves"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    add_order_arguments(parser, "cancel", wait="recorded")


def run(args: Namespace) -> int:
    """Give the order and print its receipts."""
    return give("cancel", args)
