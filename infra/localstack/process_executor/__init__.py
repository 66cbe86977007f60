"""Runs the Lambda functions of LocalStack as processes: Lambda's own runtime client, and no Docker."""
