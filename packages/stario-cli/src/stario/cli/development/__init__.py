"""The aids for development around a watched app: pages that reload, failures that are told."""
