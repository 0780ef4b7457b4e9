"""How far the product is from the truth, by the same stream that users run."""
