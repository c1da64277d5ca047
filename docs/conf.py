"""How the manual is built: ``tox run -e docs``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from twisted_tyk import __version__

project = "twisted_tyk"
author = "The twisted_tyk authors"
copyright = "the twisted_tyk authors, MIT licence"
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "interfaces",
    "keys",
]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = f"twisted_tyk {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
highlight_language = "none"
exclude_patterns = ["_build", "code"]
