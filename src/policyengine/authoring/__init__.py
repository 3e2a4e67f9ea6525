"""From files to a policy pack: reading YAML with positions, checking its shape, reading formulas, applying reforms."""
