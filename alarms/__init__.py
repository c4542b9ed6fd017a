"""What needs a look: detections of cameras with their evidence, and the alarm list."""
