"""Downloads: plan, transfer, verify, list in the progress file, unzip."""
