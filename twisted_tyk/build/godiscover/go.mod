module godiscover

go 1.18
