"""What is printed before the day. Upper apps add theirs: see `registry`."""
