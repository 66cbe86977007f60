"""Scoring: what a trained model predicts for every row of a table, however long, written to a file."""
