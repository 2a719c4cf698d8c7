"""What ends with its exchange, and what outlives whoever waits for it."""
