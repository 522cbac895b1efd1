"""The commands about costs, which `caseplane-infra` mounts.

Exit codes: 0 done; 1 a budget is exceeded, or in strict mode something has no price; 2 an invalid request, such as a
file with an unknown key.
"""
