"""What plugin authors build with: a C header, a Go module and a Rust crate."""
