"""The OAuth 2.0 server of an API: clients, codes and tokens, in Tyk's layout of the store."""
