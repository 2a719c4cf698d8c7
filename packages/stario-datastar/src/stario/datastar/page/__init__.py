"""What stands in a page for the client: attributes, the actions inside, and their JavaScript."""
