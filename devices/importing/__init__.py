"""Devices and tags from CSV and XLSX files: what would change, and the change itself."""
