"""The app: `main.bootstrap` starts it."""
