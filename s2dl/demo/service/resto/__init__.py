"""The resto (OpenSearch) catalogue, which the real Data Space has switched off."""
