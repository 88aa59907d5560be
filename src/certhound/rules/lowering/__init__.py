"""Sigma to the query tree: pySigma parses values, modifiers and conditions; here they become expressions with places.

Sigma is two-valued and the tree is three-valued: ``not b`` becomes ``Not(IsTrue(b))``, which holds where a field of
``b`` is absent. What Sigma leaves to the target is decided here:

* ``null`` means absent (for a list also: without elements), an empty text means present and empty.
* Texts compare in simple lower case by code point; ``cased`` and ``re`` without ``i`` compare as they are.
* A number matches a text column that holds its text, a quoted number an integer column, whatever YAML would read.
* A field over a list column matches when some element does; with ``all`` each value needs an element.
* Keywords are searched in ``payload``.

This is the only package that imports pySigma, which costs a tenth of a second. Nothing of it that could reach for the
network (tag validators, plug-in directories, HTTP placeholders) is imported.
"""

from certhound.rules.lowering.rules import Lowered, lower_detection

__all__ = ["Lowered", "lower_detection"]
