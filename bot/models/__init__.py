"""The models a tier may ask, of every kind, and counting the tokens of a prompt."""
