"""How good the signing is: the synthesiser's clips are the reference, and it scores without error itself.

`features` says what a frame is to the scorer, `metrics` holds the plain measures, `templates` renders every sign in
every context, `recognise` reads an output back into glosses, `edits` counts what is wrong with them, `systems` are the
rows of the table, `scoring` does one sentence, `report` all of them, and `aims` holds them to what was asked for.
"""
