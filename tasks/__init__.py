"""The rooms of milspend, and who may import whom.

A room is a module of plain functions about one kind of thing; only ``steps`` has heard of Prefect.

    flows -> steps, views -> rooms -> lexicon -> records

Rooms of one floor do not import one another. Inside ``figures`` only ``assemble`` imports its neighbours;
``figures.spans`` (what they hand to each other) lies on the floor of ``records``.
``training``, ``fitting``, ``calibrating`` and ``evaluation`` may use ``figures``.
``tests/test_architecture.py`` enforces it.

=============== ==============================================================================
room            from -> to
=============== ==============================================================================
records         every row type, once; Arrow schemas and the data dictionary derive from it
lexicon         the tables of words (CSV, TOML) and their loader
sources         bytes -> articles, one file a format
cleaning        article -> article; afterwards the text never changes
languages       which language is a text in?
relevance       can this article hold a figure at all?
entities        articles -> Docs; the only room that loads a language model
figures         Doc -> figures, one file a question
money           amounts -> US dollars
reference       figures beside published series
settings        what a person sets for a run
engine          which engine reads, as a digest
shards          records -> shards: what is worked on, tried again, stored and resumed as one
visits          which pages runs have fetched
vocabulary      a user's own rows of the tables of words, each one tried on its example
folders         which folders a run may read and write
storage         rows -> Parquet, whole or not at all
duplicates      articles -> which of them print the same story
panel           figures -> what is said of one spender and year, together
gold            annotated articles, and extracted rows laid beside them
excerpts        annotations of articles whose words may not be in the project
corpus          which annotated articles there are to learn from
evaluation      figures against annotated articles
lessons         annotated articles -> what the encoder is to learn
network         the encoder as it learns
training        annotated articles -> encoder weights
fitting         annotated articles -> the weights of the rules
calibrating     annotated articles -> what the opinions of both are worth
steps           the five doors: ingest, clean, recognize, extract, store
views           tables -> what people look at
=============== ==============================================================================
"""
