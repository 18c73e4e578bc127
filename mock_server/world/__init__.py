"""Worlds: what one residency's Confluence site contains, and who reads it when.

A world is read from a file and gives the rows of any UTC day. It stores nothing, and knows nothing
of tokens, documents or HTTP.
"""

from mock_server.world.description import describe
from mock_server.world.ledger import is_there
from mock_server.world.world import World
from mock_server.world.worldfile import WorldFile
from mock_server.world.worldfile_reading import read_world

__all__ = ["World", "WorldFile", "describe", "is_there", "read_world"]
