"""What writes the reference pages: one module a page, each with a function `page`."""
