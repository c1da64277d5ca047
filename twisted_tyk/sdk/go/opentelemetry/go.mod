module github.com/TykTechnologies/opentelemetry

go 1.21
