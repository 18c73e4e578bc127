"""One request from top to bottom: arguments, token, query, values and response."""

import warnings

with warnings.catch_warnings():  # of what Connexion imports, which are errors in careful test runs
    warnings.simplefilter("ignore")
    import connexion as connexion
