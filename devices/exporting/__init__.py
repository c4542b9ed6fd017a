"""Devices and tags as CSV and XLSX files, which importing reads back as no difference."""
