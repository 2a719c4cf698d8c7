"""What a request says of where it came from and whom it asked, and who is believed about it.

Nothing is believed that the configuration does not name.
"""
