"""One script per published figure; ``python -m bench`` runs them all."""
