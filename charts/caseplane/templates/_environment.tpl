{{/* The environment of each component: only what it reads, so that no pod has a secret that it does not use. */}}

{{/* (dict "name" "PGPASSWORD" "key" "database-password" "root" $) */}}
{{- define "caseplane.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "caseplane.secretName" .root }}
      key: {{ .key }}
{{- end -}}

{{/* (dict "root" $ "login" "name, or name:password") */}}
{{- define "caseplane.databaseUrl" -}}
{{- $d := .root.Values.database -}}
{{- printf "postgresql://%s@%s:%d/%s" .login (include "caseplane.databaseHost" .root) (int $d.port) $d.name -}}
{{- end -}}

{{/* The password is in libpq's PGPASSWORD, so that no URL contains a secret or requires escaping. */}}
{{- define "caseplane.env.database" -}}
{{ include "caseplane.fromSecret" (dict "name" "PGPASSWORD" "key" "database-password" "root" .) }}
- name: CASEPLANE_DATABASE_URL
  value: {{ include "caseplane.databaseUrl" (dict "root" . "login" .Values.database.user) }}
{{ include "caseplane.env.libpq" . }}
{{- end -}}

{{- define "caseplane.env.libpq" -}}
# Try again after ten seconds instead of waiting for a database that is not there yet.
- name: PGCONNECT_TIMEOUT
  value: "10"
- name: PGSSLMODE
  value: {{ include "caseplane.sslMode" . }}
{{- if .Values.database.caSecret }}
- name: PGSSLROOTCERT
  value: /etc/caseplane/database/ca.crt
{{- end }}
{{- end -}}

{{- define "caseplane.env.llm" -}}
{{- $llm := .Values.llm -}}
{{- $root := . -}}
{{- range $role, $model := $llm.models }}
{{- if $model.id }}
{{- $prefix := printf "CASEPLANE_LLM_%s__" (upper $role) }}
- {name: {{ $prefix }}PROVIDER, value: {{ $model.provider }}}
- {name: {{ $prefix }}MODEL, value: {{ $model.id | quote }}}
{{- with $model.endpoint }}
- {name: {{ $prefix }}BASE_URL, value: {{ . | quote }}}
{{- end }}
{{- with $model.region }}
- {name: {{ $prefix }}REGION, value: {{ . | quote }}}
{{- end }}
{{- with $model.project }}
- {name: {{ $prefix }}PROJECT, value: {{ . | quote }}}
{{- end }}
- {name: {{ $prefix }}INPUT_PRICE, value: {{ $model.inputPrice | quote }}}
- {name: {{ $prefix }}OUTPUT_PRICE, value: {{ $model.outputPrice | quote }}}
{{- if $llm.useApiKey }}
{{ include "caseplane.fromSecret" (dict "name" (printf "%sAPI_KEY" $prefix) "key" "llm-api-key" "root" $root) }}
{{- end }}
{{- end }}
{{- end }}
{{- if not (kindIs "invalid" $llm.monthlyBudgetUsd) }}
- {name: CASEPLANE_LLM_MONTHLY_BUDGET_USD, value: {{ $llm.monthlyBudgetUsd | quote }}}
{{- end }}
{{- end -}}

{{- define "caseplane.env.embeddings" -}}
{{- $e := .Values.embeddings -}}
{{- if ne $e.kind "local" }}
- {name: CASEPLANE_EMBEDDING_BACKEND, value: openai}
- {name: CASEPLANE_EMBEDDING_PROVIDER, value: {{ $e.kind }}}
- {name: CASEPLANE_EMBEDDING_MODEL, value: {{ $e.model | quote }}}
- {name: CASEPLANE_EMBEDDING_DIMENSION, value: {{ $e.dimension | quote }}}
{{- with $e.endpoint }}
- {name: CASEPLANE_EMBEDDING_BASE_URL, value: {{ . | quote }}}
{{- end }}
{{- with $e.region }}
- {name: CASEPLANE_EMBEDDING_REGION, value: {{ . | quote }}}
{{- end }}
{{- with $e.project }}
- {name: CASEPLANE_EMBEDDING_PROJECT, value: {{ . | quote }}}
{{- end }}
{{- if $e.useApiKey }}
{{ include "caseplane.fromSecret" (dict "name" "CASEPLANE_EMBEDDING_API_KEY" "key" "embedding-api-key" "root" .) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "caseplane.env.vectors" -}}
{{- if .Values.qdrant.enabled }}
- {name: CASEPLANE_RETRIEVAL_VECTOR_INDEX, value: qdrant}
- {name: CASEPLANE_QDRANT_URL, value: "http://{{ include "caseplane.fullname" . }}-qdrant:6333"}
{{ include "caseplane.fromSecret" (dict "name" "CASEPLANE_QDRANT_API_KEY" "key" "qdrant-api-key" "root" .) }}
{{- end }}
{{- end -}}

{{/* (dict "root" $ "component" "gateway"): the environment of a service or a worker. */}}
{{- define "caseplane.env" -}}
{{- $root := .root -}}
{{- $full := include "caseplane.fullname" $root -}}
{{ include "caseplane.env.database" $root }}
{{ include "caseplane.fromSecret" (dict "name" "CASEPLANE_SERVICE_SECRET" "key" "service-secret" "root" $root) }}
{{- if eq .component "gateway" }}
{{ include "caseplane.fromSecret" (dict "name" "CASEPLANE_PLATFORM_ADMIN_KEY" "key" "platform-admin-key" "root" $root) }}
{{- end }}
- name: CASEPLANE_DATABASE_POOL_SIZE
  value: {{ $root.Values.database.poolSize | quote }}
- name: CASEPLANE_OBJECTS_URL
  value: {{ default "file:///var/lib/caseplane/objects" $root.Values.objects.url }}
{{- range $service := without (include "caseplane.services" $root | fromJsonArray) "gateway" }}
- name: CASEPLANE_{{ upper $service }}_URL
  value: http://{{ $full }}-{{ $service }}
{{- end }}
- name: CASEPLANE_METRICS_PORT
  value: {{ $root.Values.monitoring.port | quote }}
- name: CASEPLANE_DRAIN
  value: PT8S
{{- if has .component (append (include "caseplane.servicesWith" (dict "root" $root "what" "asks_models") | fromJsonArray) "worker") }}
{{- include "caseplane.env.llm" $root }}
{{- end }}
{{- if has .component (append (include "caseplane.servicesWith" (dict "root" $root "what" "embeds") | fromJsonArray) "worker") }}
{{- include "caseplane.env.embeddings" $root }}
{{- end }}
{{- if has .component (append (include "caseplane.servicesWith" (dict "root" $root "what" "vectors") | fromJsonArray) "worker") }}
{{- include "caseplane.env.vectors" $root }}
{{- end }}
{{- if and (eq .component "worker") $root.Values.objects.changesUrl }}
- {name: CASEPLANE_OBJECTS_CHANGES_URL, value: {{ $root.Values.objects.changesUrl | quote }}}
{{- end }}
{{- include "caseplane.env.common" $root }}
{{- end -}}

{{- define "caseplane.env.common" -}}
{{- with .Values.telemetry.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
