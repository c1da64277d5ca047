"""Plugins in a process of their own, which may die without taking the gateway along.

:mod:`.supervisor` is the gateway's side, :mod:`.helper` the other one, and
:mod:`.wire` what they say to each other.
"""
