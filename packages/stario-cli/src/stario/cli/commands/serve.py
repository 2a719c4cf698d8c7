"""`stario serve`: the command; the work is in `serving`, or `watching.watched` for a child."""

import os
from argparse import ArgumentParser, Namespace

from stario.cli.watching.channel import VARIABLE, channel_from_environment

about = "Serve an app until SIGINT or SIGTERM."
lists_variables = True


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "spec", metavar="MODULE:CALLABLE", help="the bootstrap, such as app.main:bootstrap"
    )


def run(arguments: Namespace) -> int:
    if VARIABLE in os.environ and (channel := channel_from_environment()) is not None:
        from stario.cli.watching.watched import serve_watched

        return serve_watched(arguments.spec, channel)
    from stario.cli.serving import serve

    return serve(arguments.spec)
