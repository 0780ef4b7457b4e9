"""Recordings of a live session: the MCAP file that is written meanwhile, and the motion files made from it."""
