"""A motion file in the formats of other programs, on a level ground: z up (y up where the format says so), metres."""
