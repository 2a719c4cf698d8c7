"""`stario watch`: what changes, the runs of the app, and the sockets that outlive them."""
