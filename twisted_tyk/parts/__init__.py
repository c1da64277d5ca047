"""What a gateway consists of: one module for each area makes it from the settings.

What an area needs of others is handed to it. :mod:`twisted_tyk.service` makes all of them.
"""
