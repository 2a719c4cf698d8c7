"""What goes to a browser for as long as it stays, and where it goes on when it comes back."""
