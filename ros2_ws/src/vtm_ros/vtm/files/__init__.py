"""Files of our own and of the field that the method reads and writes."""
