"""Facts that arrive one by one: cases, interviews, watch lists. They need the extra `forward`."""
