"""Technique packages: what is to be known about one ATT&CK technique, as data that is checked and run.

``package`` has the types, ``load`` reads the files of ``content/techniques/``, ``filled`` puts a finding's values into
queries, ``related`` computes neighbours from the rules, ``running`` runs every query of a package, ``check`` lints,
``locks`` ties versions to content, ``coverage`` compares the rules with ATT&CK and with what was read.
"""
