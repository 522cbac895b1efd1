"""Prices as the providers' own APIs say them today, held against the catalog, and written only when asked to.

`sources.py` names the three APIs, `http.py` asks patiently, `aws.py`, `azure.py` and `gcp.py` speak each one's form,
`changes.py` compares, `writing.py` writes a file whole or not at all.
"""

from caseplane_costs.refresh.changes import Change, Changes, compare
from caseplane_costs.refresh.http import RefreshError
from caseplane_costs.refresh.sources import Source, source_of
from caseplane_costs.refresh.writing import write

__all__ = ["Change", "Changes", "RefreshError", "Source", "compare", "source_of", "write"]
