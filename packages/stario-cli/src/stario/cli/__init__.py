"""The `stario` command: serve an app, or watch its files and start it anew when they change.

`stario.cli.main.main` is the command as a function; `python -m stario.cli` runs it.
"""
