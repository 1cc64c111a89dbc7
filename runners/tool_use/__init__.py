"""What a model may do by tools in one attempt at a task, on trees of git's."""
