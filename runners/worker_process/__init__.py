"""Plans, builds and questions in a process of their own: what kills it kills only it."""
