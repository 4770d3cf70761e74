"""Reports and posters as PDF, PNG, HTML and XLSX."""

from qunxiang.adapters.documents.typst_documents import TypstDocuments

__all__ = ["TypstDocuments"]
