"""What is published about the lobby."""

CREATED = "lobby.created"
