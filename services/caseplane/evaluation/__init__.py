"""Offline evaluation and calibration: how good retrieval, answers and the gate are, on labelled data."""
