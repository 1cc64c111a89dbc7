"""What comes in: commands of a person, webhooks of GitHub, and what each of them starts."""
