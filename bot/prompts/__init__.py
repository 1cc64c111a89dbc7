"""What a model is shown for a task or a plan: chosen, ordered, and cut to fit its window."""
