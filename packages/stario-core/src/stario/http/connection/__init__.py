"""One connection from first byte to last: bytes are read, requests handled, answers in order.

Here alone is a transport read; an app never meets these classes.
"""
