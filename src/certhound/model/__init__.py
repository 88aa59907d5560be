"""What all rooms speak: the tables as data, frozen types, errors, the profile. Imports nothing of ours."""
