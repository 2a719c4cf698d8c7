"""A new app: a name, a folder with room, the files of `skeleton/`, and Datastar's client.

`skeleton/` holds the app as real files, which are checked like all others here. In them `@NAME@`,
`@TITLE@` and `@RANGE@` stand for what is known only when an app is made. What a tool would take for
its own where it lies, such as a pyproject.toml, has `.template` behind its name.
"""
