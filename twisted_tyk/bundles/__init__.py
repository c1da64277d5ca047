"""Bundles: hooks and their files in one archive, checked before anything in it is used.

::

    problem     what is wrong with one
    names       what the files in one may be called
    manifest    manifest.json: what is in it, and what it is for
    sums        checksums, as the manifest has them
    trust       the key that signatures are checked with
    zipform     the parts of a ZIP archive, and that nothing is beside them
    members     what kind of thing a member of one is
    opening     files that others have put there, such as archives
    contents    what is in a file of one
    archive     what an archive holds, read without believing it
    disk        what is done on disk, step by step
    walk        what is in a folder and in those in it
    unpack      an archive made into a folder, whole or not at all
    guard       who may write where they are
    locks       locks on folders that gateways share
    current     which generation is the last good one
    sweep       what is on a shelf and in the folder of a bundle, and which of it may go
    shelf       what is kept on disk, generation after generation
    source      where one comes from, and which version is there
    validator   what a server says of a version
    plain       how responses have to be
    ask         a server is asked for one
    download    the body of its response, on its way to disk
    copy        the same for file://
    fetch       one is brought here: patiently, and only when it is new
    turns       what many ask for, once at a time
    bringing    one is brought onto the shelf, or the last good one goes on
    bundles     all that APIs want, and the last good ones where that fails
    merge       a definition with the hooks of its bundles
    asked       what tyk.conf and definitions say of them
    draft       a folder, to be made one of
    sign        signatures, made with a private key
    write       an archive is written
    verify      all that is wrong with one
"""
