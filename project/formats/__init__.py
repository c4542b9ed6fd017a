"""One way of writing moments in every language: 24 hours, with seconds."""
