"""Runs of the workflow: the steps that every new ticket goes through, recorded one by one."""
