"""What of each kind of step an API's definition and the settings ask for, often none.

:mod:`twisted_tyk.chain.order` says where they stand.
"""
