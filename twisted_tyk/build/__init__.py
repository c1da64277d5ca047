"""Plugin libraries from a folder of sources: Go as written for Tyk, C and Rust."""
