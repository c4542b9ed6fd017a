"""Pictures of a plant hall for demos, tests and training: people, flames, smoke, by script."""
