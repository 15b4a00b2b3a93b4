"""The protocols that agents are served in: what a request body means, and how answers look."""
