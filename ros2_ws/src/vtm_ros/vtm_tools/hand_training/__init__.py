"""Training of the network that lifts hands, on what `scripts/hands/make_data.py` wrote."""
