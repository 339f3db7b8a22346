"""The base of all messages: frozen, tagged, and written as arrays.

Arrays make a journal a third smaller and quicker to write than maps with names. The price: fields are
known by their place, so a new field goes to the end, with a default, and none is ever moved or removed.
"""

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False, array_like=True, tag_field="_"):
    """Anything that is journaled. Subclasses give their `tag`; `gc=False`, as none can hold a cycle."""
