"""A page model: what a server sends, applied as Datastar's client applies it."""
