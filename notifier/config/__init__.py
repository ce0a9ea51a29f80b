"""What the operator says: settings from the environment, rules from rules.yaml; all mistakes at once."""
