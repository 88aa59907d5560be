"""The range: hosts in network namespaces of one machine, without a way out, and what watches them.

It needs root. Everything that it makes carries the id of its run and is named in a state file before it is made, so
that whatever remains of a run that died can be found and taken away, and nothing else is ever touched.
"""
