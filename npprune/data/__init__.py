"""Where images come from: the file format, the data sets, and digits rendered from fonts."""
