"""Plans, builds and questions run in a process of their own, whose end is not the server's."""
