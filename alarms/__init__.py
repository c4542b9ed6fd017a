"""The alarm list over tags and cameras."""
