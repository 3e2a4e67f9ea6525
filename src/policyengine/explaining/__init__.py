"""Why a result is what it is, in words: reasons, lines, text, HTML and JSON."""
