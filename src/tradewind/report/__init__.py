"""Reports of a session, for people: Markdown, one HTML page, a picture, and the terminal.

Renders what it is given; reads no session and knows no engine. Plotly and matplotlib come with the extra `report`.
"""

from tradewind.report.html import render_html
from tradewind.report.input import Annotation, Bars, FillMark, ReportInput
from tradewind.report.markdown import render_markdown
from tradewind.report.png import render_png
from tradewind.report.terminal import render_terminal

__all__ = [
    "Annotation",
    "Bars",
    "FillMark",
    "ReportInput",
    "render_html",
    "render_markdown",
    "render_png",
    "render_terminal",
]
