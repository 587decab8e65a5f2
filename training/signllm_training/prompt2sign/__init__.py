"""Prompt2Sign: from pose data of any sign-language corpus to one standard training set.

A reader yields samples as their source saw them; `lift` gives depth to those that have none; `standard` places them in
one coordinate space; `quality` looks at them; `prepare` joins these up for whole corpora, `loader` feeds training.
"""
