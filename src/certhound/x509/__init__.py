"""Certificate bytes to a row: a tolerant reader, names, signatures, chains, structural fingerprints.

Everything here is pure: bytes in, values out, no file, no socket. Import the module that has what you
need (``certhound.x509.certificate.read_certificate`` first of all).
"""
