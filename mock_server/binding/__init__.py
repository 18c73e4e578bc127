"""How a document's operations meet the domain: which rows, which parameter, which property.

A binding is inferred from names, types and formats, and keeps the evidence for each decision. It
knows neither storage nor HTTP.
"""

from mock_server.binding.inference import bind
from mock_server.binding.model import Binding, OperationBinding, ParameterBinding, PropertyBinding
from mock_server.binding.overrides import Override, as_binding_file, read_overrides
from mock_server.binding.shapes import Shape, Variants, shape_of, variants_of
from mock_server.binding.words import Field, Grouping, Kind, Part, Subject, Unit

__all__ = [
    "Binding",
    "Field",
    "Grouping",
    "Kind",
    "OperationBinding",
    "Override",
    "ParameterBinding",
    "Part",
    "PropertyBinding",
    "Shape",
    "Subject",
    "Unit",
    "Variants",
    "as_binding_file",
    "bind",
    "read_overrides",
    "shape_of",
    "variants_of",
]
