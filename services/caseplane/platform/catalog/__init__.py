"""The tables that hold tenants' rows."""
