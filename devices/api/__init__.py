"""What pages and people's programs read and change over HTTP, with the session of a user."""
