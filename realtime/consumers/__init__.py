"""The doors that are websockets."""
