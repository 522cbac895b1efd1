"""The Pulumi program that puts Caseplane on AWS, Azure, Google Cloud or any Kubernetes cluster."""
