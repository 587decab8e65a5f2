"""A way for Deaf people to act on the signs: the review page, its verdicts, and the study."""
