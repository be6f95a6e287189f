"""The review page: the draft beside what it rests on, its edits, its questions, its versions."""
