"""From rows that a rule matched to findings about entities, and the report that every output reads."""
