"""Gate policies: versions, replay, and calibration from stored conversations."""
