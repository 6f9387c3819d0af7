"""Blank forms printed for the pen, and what came back: scans, their pages, and the record that each was entered as."""

from patients.paper.models.filings import MOST_ROUNDS, PaperFiledPage, PaperFiling, PaperFilingEnd
from patients.paper.models.forms import PaperEntry, PaperForm, PaperFormEnd, PaperKind
from patients.paper.models.scans import PaperPage, PaperScan, PaperScanAside

__all__ = [
    "MOST_ROUNDS",
    "PaperEntry",
    "PaperFiledPage",
    "PaperFiling",
    "PaperFilingEnd",
    "PaperForm",
    "PaperFormEnd",
    "PaperKind",
    "PaperPage",
    "PaperScan",
    "PaperScanAside",
]
