"""What pages read over HTTP, with the session of the user who looks at them."""
