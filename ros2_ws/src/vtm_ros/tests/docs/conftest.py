"""The scripts that write the generated pages can be imported."""

import sys

from .pages import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
