"""Sockets, the way in (pipeline) and the way out (fanout)."""
