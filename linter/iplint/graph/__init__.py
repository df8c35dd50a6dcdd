"""Pictures of launches and what stands behind them: rows become a drawing, and that Mermaid text or an SVG."""
