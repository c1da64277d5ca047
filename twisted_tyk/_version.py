"""The versions, alone in a file so that a build can read them without importing the package."""

__version__ = "0.1.0.dev0"

#: The release of Tyk whose documents are followed; it stands in the names of plugin files.
TYK_VERSION = "v5.3.0"
