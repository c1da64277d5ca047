"""What the benchmark commands share: processes, rows, wrk, results."""
