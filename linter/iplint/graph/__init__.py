"""Pictures of launches with profiles and roles: rows become a drawing, which becomes Mermaid text or an SVG."""
