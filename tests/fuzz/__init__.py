"""Fuzzing: what strangers send is answered by a value or by one clear message, within bounds.

    python -m fuzz                        100,000 inputs, divided among the targets
    python -m fuzz --inputs 1000 --seed 7 --target equation
    python -m fuzz --record               the same, and RECORD.md says what came of it
    python -m fuzz kills --record         a report stopped at random moments, over and over

A *target* is a door that strangers' text comes in by: an equation, a network file, values, names in TeX, a template, the
command line. An input is a text. It begins as one of the *corpus*, or as what a grammar says, and is changed at random, as text
and as what it is (`grammar`, `mutation`). A process of its own answers it, under a limit of time and memory (`worker`). What is
answered in a way not seen before is kept, to be changed further (`campaign`), as coverage-guided fuzzers do; here the way is
the lines of the package through which a refusal came, or the kinds of things that a value is made of.

A seed decides everything, so each run can be had again. Whatever is no answer is a *finding*: it is made as short as it gets,
printed, and written to ``corpus``, where it stays when the fault is mended, since a run begins with the corpus as it is.
"""
