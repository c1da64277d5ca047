"""JSON Schemas of the files that people write, made of the classes that read them.

::

    comments    what the source says about a class and its fields
    members     one key of an object: its type, its spellings
    make        a class and all that it holds made into one schema
    support     keys that this version does nothing with, or can not be used with
    files       which files there are
"""
