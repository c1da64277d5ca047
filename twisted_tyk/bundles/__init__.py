"""Bundles: hooks and their files in one archive, checked before anything in it is used.

::

    problem     what is wrong with one
    names       what the files in one may be called
    manifest    manifest.json: what is in it, and what it is for
    sums        checksums, as the manifest has them
    trust       the key that signatures are checked with
    zipform     the parts of a ZIP archive, and that nothing is beside them
    members     what kind of thing a member of one is
    opening     a file that should be one
    archive     what an archive holds, read without believing it
    disk        what is done on disk, step by step
    unpack      an archive made into a folder, whole or not at all
    places      locks on folders that gateways share
    current     which generation is the last good one
    shelf       what is kept on disk, generation after generation
"""
