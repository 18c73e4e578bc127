"""The site made of these pages: `make docs` writes it to build/docs, and takes no warning."""

from mock_server import __version__

project = "viewtracker-mock"
author = "viewtracker-mock contributors"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["examples"]
nitpicky = False
html_theme = "furo"
html_title = f"viewtracker-mock {version}"
html_copy_source = False

myst_heading_anchors = 3
# Files beside the pages, such as documents and examples, are offered for download.
suppress_warnings = ["misc.highlighting_failure"]
highlight_language = "none"

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
