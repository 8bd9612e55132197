"""What was found: table, gallery, timeline, and quicklooks on the map."""
