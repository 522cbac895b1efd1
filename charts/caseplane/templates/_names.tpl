{{/* Names and labels of all templates. */}}

{{- define "caseplane.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* 40 characters leave room for the longest suffix within the 63 of a label. */}}
{{- define "caseplane.fullname" -}}
{{- $name := include "caseplane.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Selects the pods of this release: (dict "root" $ "component" "gateway"); without a component, all of them. */}}
{{- define "caseplane.selector" -}}
app.kubernetes.io/name: {{ include "caseplane.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "caseplane.labels" -}}
{{ include "caseplane.selector" . }}
app.kubernetes.io/part-of: caseplane
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* (dict "root" $ "image" .Values.image.services) */}}
{{- define "caseplane.image" -}}
{{- $common := .root.Values.image -}}
{{- $path := ternary (printf "%s/%s" (trimSuffix "/" $common.registry) .image.repository) .image.repository (ne $common.registry "") -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $path .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $path (default .root.Chart.AppVersion $common.tag) -}}
{{- end -}}
{{- end -}}

{{- define "caseplane.secretName" -}}
{{- default (printf "%s-secrets" (include "caseplane.fullname" .)) .Values.secrets.existingSecret -}}
{{- end -}}

{{- define "caseplane.objectsClaim" -}}
{{- default (printf "%s-objects" (include "caseplane.fullname" .)) .Values.objects.volume.existingClaim -}}
{{- end -}}

{{/* (dict "root" $ "component" "gateway") */}}
{{- define "caseplane.serviceAccountName" -}}
{{- if .root.Values.serviceAccount.create -}}
{{- printf "%s-%s" (include "caseplane.fullname" .root) .component -}}
{{- else -}}
{{- .root.Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "caseplane.inClusterDatabase" -}}
{{- if and (not .Values.database.host) .Values.postgresql.enabled }}true{{ end -}}
{{- end -}}

{{- define "caseplane.databaseHost" -}}
{{- default (printf "%s-postgresql" (include "caseplane.fullname" .)) .Values.database.host -}}
{{- end -}}

{{- define "caseplane.sslMode" -}}
{{- ternary "disable" .Values.database.sslMode (eq (include "caseplane.inClusterDatabase" .) "true") -}}
{{- end -}}

{{/* The services as they declare themselves (files/services.json, generated); for fromJsonArray. */}}
{{- define "caseplane.declared" -}}
{{- .Files.Get "files/services.json" -}}
{{- end -}}

{{/* Names of the services that answer over HTTP; for fromJsonArray. */}}
{{- define "caseplane.services" -}}
{{- $names := list -}}
{{- range include "caseplane.declared" . | fromJsonArray }}{{ $names = append $names .name }}{{ end -}}
{{- $names | toJson -}}
{{- end -}}

{{/* Names of the services that declare something: (dict "root" $ "what" "asks_models"); for fromJsonArray. */}}
{{- define "caseplane.servicesWith" -}}
{{- $what := .what -}}
{{- $names := list -}}
{{- range include "caseplane.declared" .root | fromJsonArray }}{{ if index . $what }}{{ $names = append $names .name }}{{ end }}{{ end -}}
{{- $names | toJson -}}
{{- end -}}

{{/* Values of a service, over those of every service: (dict "root" $ "name" "gateway"); for fromJson. */}}
{{- define "caseplane.serviceValues" -}}
{{- mergeOverwrite (deepCopy .root.Values.service) (index .root.Values .name | default dict) | toJson -}}
{{- end -}}

{{/* Queues of a pool of workers: the pool's own, or those of its lanes: (dict "root" $ "pool" "batch"); for fromJsonArray. */}}
{{- define "caseplane.queues" -}}
{{- $lanes := ternary (list "batch") (list "turns" "interactive" "soon") (eq .pool "batch") -}}
{{- $queues := (index .root.Values.worker .pool).queues -}}
{{- if not $queues }}
{{- range include "caseplane.declared" .root | fromJsonArray }}
{{- range $queue, $lane := .queues }}{{ if has $lane $lanes }}{{ $queues = append $queues $queue }}{{ end }}{{ end }}
{{- end }}
{{- end -}}
{{- $queues | uniq | toJson -}}
{{- end -}}

{{/* The API's address outside the cluster; empty if it is not exposed. */}}
{{- define "caseplane.publicUrl" -}}
{{- $v := .Values -}}
{{- if $v.operator.publicUrl -}}
{{- $v.operator.publicUrl -}}
{{- else if and $v.ingress.enabled $v.ingress.host -}}
{{- printf "%s://%s" (ternary "https" "http" (ne $v.ingress.tlsSecret "")) $v.ingress.host -}}
{{- else if and $v.gatewayApi.enabled $v.gatewayApi.host -}}
{{- printf "https://%s" $v.gatewayApi.host -}}
{{- end -}}
{{- end -}}

{{/* (dict "root" $ "component" "gateway") */}}
{{- define "caseplane.accountAnnotations" -}}
{{- $own := index .root.Values.serviceAccount.componentAnnotations .component | default dict -}}
{{- with merge (deepCopy $own) .root.Values.serviceAccount.annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/*
Pods of a Deployment that something else scales: (dict "root" $ "deployment" "caseplane-gateway" "minimum" 2); empty if there is no
such Deployment yet. Helm owns the field when autoscaling is turned on; were it left out then, Helm would take it away, and the
Deployment fall to one pod. Without a cluster to look into, as with GitOps, the field is left to the autoscaler.
*/}}
{{- define "caseplane.scaled" -}}
{{- with lookup "apps/v1" "Deployment" .root.Release.Namespace .deployment -}}
replicas: {{ max (int $.minimum) (int .spec.replicas) }}
{{- end -}}
{{- end -}}
