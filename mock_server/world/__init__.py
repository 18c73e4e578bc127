"""Invented worlds: what one residency's Confluence site contains, and who reads it when."""
