"""A class as the signals of a page: what is read into it, what is refused, what is said then."""
