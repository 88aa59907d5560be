"""Sub-commands of ``certhound drill``, one a module with ``COMMAND``."""
