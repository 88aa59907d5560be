"""The sub-commands of ``certhound aql``, one file each: a function ``COMMAND``, named as the file."""
