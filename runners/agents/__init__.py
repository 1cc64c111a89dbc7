"""CLIs that do a task themselves: their sandbox, the proxy before their model, what they leave."""
