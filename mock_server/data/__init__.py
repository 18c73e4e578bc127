"""What a site keeps: its database, rows, contents and tokens, and the queries over them."""
