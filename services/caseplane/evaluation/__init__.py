"""Offline evaluation and calibration: quality of retrieval, answers and the gate on labelled data."""
