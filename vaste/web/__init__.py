"""What a browser sees: the state of the service and the response-time log."""
