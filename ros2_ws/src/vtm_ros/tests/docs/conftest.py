"""The scripts that write the generated pages can be imported."""

import sys

from tests.docs.pages import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
