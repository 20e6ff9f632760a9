"""A report on a model and a table as one page, in the order in which a person asks.

making          `report_on`: model and table in, page out
answers         rows of the table, each with what networks say of it that have not learnt from it
sections/       one file for each question, which gives plain data: paragraphs, tables, figures (`blocks`)
worst, drift    the rows that are predicted worst; whether rows are still like those that were learnt from
budget          how much may be predicted for it all
pictures        charts as SVG within the page
words           what is said, in English (`english`) and Korean (`korean`, `korean_sentences`)
page            sections to HTML, by page.html.jinja and page.css
"""

from forpass.report.making import ReportPage, report_on

__all__ = ["ReportPage", "report_on"]
