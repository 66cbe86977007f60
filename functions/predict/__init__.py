"""The prediction function: validates rows, scores them and serves the page."""
