"""The bridge from signed frames to rigs, wires and pages."""
