"""The gateway: reads PLCs, keeps readings on disk, streams them to the cloud. Knows no Django."""

__version__ = "0.1.0"
