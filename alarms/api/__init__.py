"""REST doors of detections: see docs/api.md."""
