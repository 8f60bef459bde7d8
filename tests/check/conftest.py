"""Makes ``rule_cases`` importable from the folders below as well."""
