"""The cluster: the same training and scoring, on the workers of a Dask cluster."""
