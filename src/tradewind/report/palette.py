"""The colours of reports. Buys and sells differ in lightness and shape as well, for those who see no red or green."""

GAIN, LOSS = "#0d9488", "#e11d48"
BUY, SELL = "#2563eb", "#f97316"
EQUITY, DRAWDOWN = "#0f9d8f", "#e11d48"
INK, MUTED, GRID, PAPER = "#111827", "#6b7280", "#e5e7eb", "#ffffff"
