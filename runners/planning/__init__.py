"""Writing a plan for an issue with the planner tier, and holding a plan against a repository."""
