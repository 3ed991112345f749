"""Where to build next: siting models from plain arrays (`problem`, `solve`) or from a study's tasks, and scores."""
