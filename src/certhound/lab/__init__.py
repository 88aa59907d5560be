"""The range: real servers and clients on loopback, a passive tap, and builders of certificates and chains."""
