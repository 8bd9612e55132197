"""The OData catalogue."""
