{{/* What all our pods share: restricted security, a read-only root file system, a volume for temporary files. */}}

{{- define "caseplane.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "caseplane.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The volumes of a service or worker, followed by their mounts. */}}
{{- define "caseplane.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 2Gi}
{{- if not .Values.objects.url }}
- name: objects
  persistentVolumeClaim:
    claimName: {{ include "caseplane.objectsClaim" . }}
{{- end }}
{{- include "caseplane.databaseCaVolume" . }}
{{- end -}}

{{- define "caseplane.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if not .Values.objects.url }}
- {name: objects, mountPath: /var/lib/caseplane/objects}
{{- end }}
{{- include "caseplane.databaseCaMount" . }}
{{- end -}}

{{- define "caseplane.databaseCaVolume" -}}
{{- with .Values.database.caSecret }}
- name: database-ca
  secret: {secretName: {{ . }}}
{{- end }}
{{- end -}}

{{- define "caseplane.databaseCaMount" -}}
{{- if .Values.database.caSecret }}
- {name: database-ca, mountPath: /etc/caseplane/database, readOnly: true}
{{- end }}
{{- end -}}

{{/* Ends once the schema that this version needs exists, so that no pod starts before its migrations. */}}
{{- define "caseplane.waitForSchema" -}}
- name: schema
  image: {{ include "caseplane.image" (dict "root" .root "image" .root.Values.image.services) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args: [migrate, --await, {{ .root.Values.migrations.wait | quote }}]
  env:
    {{- include "caseplane.env.database" .root | nindent 4 }}
  resources:
    {{- toYaml .root.Values.migrations.resources | nindent 4 }}
  securityContext:
    {{- include "caseplane.containerSecurity" .root | nindent 4 }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
    {{- include "caseplane.databaseCaMount" .root | nindent 4 }}
{{- end -}}

{{/*
The pod of a service or a worker pool:
(dict "root" $ "component" "worker" "name" "worker-batch" "values" .Values.worker.batch "args" (list …) "env" "…" "ports" "…" "probes" "…" "grace" 90)
*/}}
{{- define "caseplane.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "caseplane.labels" (dict "root" $root "component" .name) | nindent 4 }}
    {{- if ne .name .component }}
    caseplane.dev/role: {{ .component }}
    {{- end }}
    {{- with $root.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "caseplane.serviceAccountName" (dict "root" $root "component" .component) }}
  automountServiceAccountToken: false
  # Service links would add variables such as CASEPLANE_…_PORT, which would be read as settings.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .grace }}
  securityContext:
    {{- include "caseplane.podSecurity" $root | nindent 4 }}
  {{- include "caseplane.placement" . | nindent 2 }}
  initContainers:
    {{- include "caseplane.waitForSchema" . | nindent 4 }}
  containers:
    - name: {{ .component }}
      image: {{ include "caseplane.image" (dict "root" $root "image" $root.Values.image.services) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      env:
        {{- include "caseplane.env" . | nindent 8 }}
        {{- with .env }}
        {{- . | nindent 8 }}
        {{- end }}
      ports:
        {{- with .port }}
        - {name: http, containerPort: {{ . }}}
        {{- end }}
        - {name: metrics, containerPort: {{ $root.Values.monitoring.port }}}
      {{- .probes | nindent 6 }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      securityContext:
        {{- include "caseplane.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        {{- include "caseplane.mounts" $root | nindent 8 }}
  volumes:
    {{- include "caseplane.volumes" $root | nindent 4 }}
{{- end -}}

{{/* Which nodes a pod may run on, and the credentials that pull its image; every pod has this. */}}
{{- define "caseplane.nodes" -}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The same for a Deployment, whose pods are spread over zones and nodes where possible. */}}
{{- define "caseplane.placement" -}}
{{- include "caseplane.nodes" . }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    # Counts pods of one version only: otherwise the old pods would decide where the new ones go.
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "caseplane.selector" (dict "root" $.root "component" $.name) | nindent 8 }}
  {{- end }}
{{- end -}}
