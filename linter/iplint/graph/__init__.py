"""Pictures of launches and what is behind them: rows become a drawing, and that Mermaid text or an SVG."""
