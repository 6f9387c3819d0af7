"""A whole day of a clinic, and the day half a year later, as the people who work there live it."""
