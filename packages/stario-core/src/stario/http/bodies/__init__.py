"""What a request carries below its head: how it comes in, what it says it is, how it is read.

Whoever sent it may have meant harm, so every reader has a limit, and says what is wrong and where.
"""
