"""Files of commands, for controllers and for policies."""
