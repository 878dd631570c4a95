"""A sample: payments, with a gateway to try them on."""
