"""The registry: versions of models in S3, and which of them is live."""
