"""Random nets over every layer type and parameter, legal and nearly legal."""
