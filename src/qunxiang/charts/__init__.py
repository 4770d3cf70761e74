"""One chart specification that becomes an ECharts option (web) or SVG (documents)."""
