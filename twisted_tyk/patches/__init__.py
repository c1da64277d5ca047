"""Patches: code in place of steps that the gateway came with.

::

    manifest     what a patch says of itself
    places       which step it replaces, and in which versions
    contents     what is in its folder or archive
    copies       copies of patches that nobody writes to
    folder       patches on disk, proved and copied
    counts       how the calls of one fare
    held         what one runs from
    patch        one that can be used
    code         its class or function, loaded
    run          one request at a patch
    before       what the patch may change of it, kept for when the patch fails
    replaced     the steps that it stands for, which it may call
    step         the step that calls it
    native_step  the same for a plugin
    making       such steps made, and put into an API
    choice       which of all that were found come into force
    patches      the patches of a gateway, read at its start and at each reload
    pack         a folder made an archive
"""
