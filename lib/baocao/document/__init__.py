"""The document as values: blocks a notebook shows and exporters read; narrative; charts."""
