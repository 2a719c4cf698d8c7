"""How an answer leaves: in which framing, from which bytes, and what is not copied on the way."""
