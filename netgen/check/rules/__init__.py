"""Rules: one file each. See ``netgen.check.loading`` for how they are found."""
