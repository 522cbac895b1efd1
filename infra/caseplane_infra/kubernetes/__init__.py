"""What goes onto the cluster: namespaces, secret references, the chart's release."""
