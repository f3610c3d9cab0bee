"""The ceilings: the least that Django can do for the same request, behind the same middleware and server."""
