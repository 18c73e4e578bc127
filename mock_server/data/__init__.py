"""The data of a site: database, rows, contents and tokens, and the queries on them."""
