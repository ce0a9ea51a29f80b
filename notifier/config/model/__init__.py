"""The shape of rules.yaml: every key, its type and its meaning, one module for each part of the file.

The JSON Schema for editors and the table of keys in the documentation are made
from these classes, so every field carries a description. Short forms stay as
they were written, so that a mistake in them can be pointed at;
`notifier.config.build` gives them their meaning.
"""
