"""`stario watch`: the command; the work is in `stario.cli.watching.watch`."""

from argparse import ArgumentParser, Namespace

about = "Serve an app, and start it anew when its files change."
lists_variables = True


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "spec", metavar="MODULE:CALLABLE", help="the bootstrap, such as app.main:bootstrap"
    )
    parser.add_argument(
        "--watch",
        action="append",
        default=[],
        metavar="SPEC",
        help="a file, or a directory with everything below; repeatable; default: .",
    )
    parser.add_argument(
        "--watch-ignore",
        action="append",
        default=[],
        metavar="SPEC",
        help="a path, or a glob for file names such as '*.css'; repeatable",
    )


def run(arguments: Namespace) -> int:
    from stario.cli.watching.watch import watch

    return watch(arguments.spec, arguments.watch, arguments.watch_ignore)
