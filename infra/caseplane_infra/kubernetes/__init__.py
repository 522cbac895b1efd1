"""Resources on the cluster: namespaces, secret references, the chart's release."""
