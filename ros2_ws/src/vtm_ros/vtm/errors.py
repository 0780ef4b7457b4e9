"""One root for every error a user can cause; each message carries its remedy."""


class VtmError(Exception):
    """A fault of the input, the installation or the configuration. `str(error)` is one sentence plus the remedy."""
