"""What the servers with pages have in common: errors, who may ask, and the files that their pages share."""
