"""How findings are said: one module a format, each with ``render``."""
