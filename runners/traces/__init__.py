"""A run of a job as a trace of OpenTelemetry, made of its journal once it has ended."""
