"""One connection to a server that the user named, for the certificates that it sends.

The only room that opens a socket (beside ``lab``, whose servers listen on loopback). Nothing imports it but the command
that was asked to; importing it opens nothing. The server is taken for hostile: time and bytes are limited, nothing that
it sends is believed, and its certificates are those on the wire, since a strict parser would refuse some.
"""
