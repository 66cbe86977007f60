"""The report and the model card: what model.json says of a model, for people."""
