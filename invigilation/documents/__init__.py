"""What is written about the room: the incident record, the fraud report."""
