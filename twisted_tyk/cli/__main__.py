"""``python -m twisted_tyk.cli``, where the command is not on the path."""

from twisted_tyk.cli import main

main()
