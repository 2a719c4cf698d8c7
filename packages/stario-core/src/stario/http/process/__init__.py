"""A server among other processes: sockets, signals, an event loop, an end that comes in time."""
