"""The addresses of the service: each endpoint reads or changes through one transaction and renders."""
