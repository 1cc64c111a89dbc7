"""Git: running it, reading a repository, moving its branches, and what may be pushed."""
