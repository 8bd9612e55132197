"""Where, when and what: the map and the form."""
