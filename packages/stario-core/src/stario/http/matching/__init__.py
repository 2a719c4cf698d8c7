"""Which handler a host and a path lead to, and what is said where none is.

What can be wrong with routes is wrong when they are added, and not when a request comes.
"""
