"""How the operations of a document meet the domain: which rows, which parameter, which property."""
