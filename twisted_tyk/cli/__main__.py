"""``python -m twisted_tyk.cli``, where the command is not on the path."""

from twisted_tyk.cli.command import main

main(prog_name="tyk")
