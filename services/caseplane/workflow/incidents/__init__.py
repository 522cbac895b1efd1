"""Storms of like tickets, each made one incident."""
