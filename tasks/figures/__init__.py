"""Doc to figures: one file a question, put together by ``choosing`` and ``assemble``."""
