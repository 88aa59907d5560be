"""What a QRadar console knows of itself: columns, functions, ids and their names; the stock one, and a site's."""

from certhound.qradar.catalogue.ariel import ArielColumn, ArielType
from certhound.qradar.catalogue.console import Catalogue, shipped_site, stock
from certhound.qradar.catalogue.functions import AqlFunction, find_function, functions
from certhound.qradar.catalogue.site import Site, load_site

__all__ = [
    "AqlFunction",
    "ArielColumn",
    "ArielType",
    "Catalogue",
    "Site",
    "find_function",
    "functions",
    "load_site",
    "shipped_site",
    "stock",
]
