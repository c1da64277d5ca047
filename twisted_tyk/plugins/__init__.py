"""Other people's code: found, loaded, called and kept at arm's length."""
