"""Made-up Confluence sites: who and what there is, and who reads what when.

A world gives the rows of a UTC day as a function of the seed, the residency, the world file and
that day: not of the order of questions, the process, or the day a clock was started on.
"""

from mock_server.draft.description import describe
from mock_server.draft.provider import ConfluenceProvider
from mock_server.draft.world import World
from mock_server.draft.worldfile import WorldFile, read_world

__all__ = ["ConfluenceProvider", "World", "WorldFile", "describe", "read_world"]
