"""The checks of the linter, one file each; putting a file here adds a check."""
