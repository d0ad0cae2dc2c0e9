"""What `acceptance/run` is made of: servers, the record of what they say, and the table."""
