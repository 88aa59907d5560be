"""certhound finds the TLS certificates that adversaries install on infrastructure they control."""

__version__ = "0.1.0"
