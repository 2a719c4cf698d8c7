"""Which handler a host and a path lead to, and what is answered where there is none.

A fault in the routes is an error when they are registered, and not when a request comes.
"""
