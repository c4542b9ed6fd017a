"""A simulated plant: real Modbus TCP servers in front of physics-like signals. See ``--help``."""
