"""What holds for all tests: no property test has a deadline, for speed is measured in benchmarks and never asserted."""

from hypothesis import settings

settings.register_profile("certhound", deadline=None)
settings.load_profile("certhound")
