"""Who may ask the bot for what, and which plans and diffs need a person's approval."""
