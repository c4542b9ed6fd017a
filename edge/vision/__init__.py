"""The light detection runtime of a gateway: pictures in, boxes out; no torch, no ultralytics.

``load_detector(card)`` of ``edge.vision.detector`` is the way in. Nothing here is imported by a
gateway without cameras: numpy, OpenCV and ONNX Runtime are only needed from here on.
"""
