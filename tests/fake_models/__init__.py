"""A stand-in for servers of hosted models, over real HTTP."""
