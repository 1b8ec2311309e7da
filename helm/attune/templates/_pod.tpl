{{- /*
One Attune container: what every service and every method's agent has in common.
Takes root, component, serve, port, models, bus, qdrant, storage, env, resources, image, extra (list of further variables), http.
*/ -}}
{{- define "attune.container" -}}
{{- $root := .root -}}
- name: {{ .component }}
  image: {{ include "attune.image" (.image | default $root.Values.image) | quote }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  {{- if .serve }}
  args: [serve, {{ .serve }}]
  {{- end }}
  securityContext: {{- include "attune.containerSecurity" . | nindent 4 }}
  resources: {{- toYaml (.resources | default $root.Values.resources) | nindent 4 }}
  env:
    - { name: ATTUNE_HOST, value: "0.0.0.0" }
    {{- if .port }}
    - { name: ATTUNE_PORT, value: {{ .port | quote }} }
    {{- end }}
    - { name: ATTUNE_LOG_LEVEL, value: {{ $root.Values.logLevel }} }
    {{- if $root.Values.metrics.enabled }}
    - { name: ATTUNE_METRICS_PORT, value: {{ $root.Values.metrics.port | quote }} }
    {{- end }}
    {{- if not .http }}
    {{- include "attune.grpcEnv" $root | nindent 4 }}
    {{- end }}
    {{- range $kind, $role := .models }}
    {{- $place := index $root.Values.models $role }}
    {{- $prefix := get (dict "chat" "ATTUNE_MODEL" "embedding" "ATTUNE_EMBEDDING" "rerank" "ATTUNE_RERANK") $kind }}
    - { name: {{ $prefix }}_URL, value: {{ include "attune.modelUrl" (dict "root" $root "role" $role "place" $place) | quote }} }
    - { name: {{ if eq $kind "chat" }}ATTUNE_MODEL{{ else }}{{ $prefix }}_MODEL{{ end }}, value: {{ $place.model | quote }} }
    {{- end }}
    {{- if .models }}
    {{- include "attune.secretEnv" (dict "root" $root "variable" "ATTUNE_API_KEY" "key" "api-key") | nindent 4 }}
    {{- end }}
    {{- if .bus }}
    {{- include "attune.busEnv" (dict "root" $root "role" .serve) | nindent 4 }}
    {{- end }}
    {{- if and .qdrant (include "attune.qdrantUrl" $root) }}
    - { name: ATTUNE_QDRANT_URL, value: {{ include "attune.qdrantUrl" $root | quote }} }
    {{- include "attune.secretEnv" (dict "root" $root "variable" "ATTUNE_QDRANT_API_KEY" "key" "qdrant-api-key") | nindent 4 }}
    {{- end }}
    {{- if .storage }}
    - { name: ATTUNE_STATE_DIR, value: /state }
    {{- end }}
    {{- range .extra }}
    - {{ toJson . }}
    {{- end }}
    {{- range $name, $value := .env }}
    - { name: {{ $name }}, value: {{ $value | quote }} }
    {{- end }}
  ports:
    {{- if .port }}
    - { name: {{ ternary "http" "grpc" (.http | default false) }}, containerPort: {{ .port }} }
    {{- end }}
    {{- if and $root.Values.metrics.enabled (not .http) }}
    - { name: metrics, containerPort: {{ $root.Values.metrics.port }} }
    {{- end }}
  {{- include "attune.probes" . | nindent 2 }}
  lifecycle: { preStop: { exec: { command: [sleep, "5"] } } } # until no client is told of this pod any more
  volumeMounts:
    - { name: tmp, mountPath: /tmp }
    {{- if .storage }}
    - { name: state, mountPath: /state }
    {{- end }}
    {{- if .bus }}
    {{- include "attune.busMount" $root | nindent 4 }}
    {{- end }}
{{- end }}

{{- /* gRPC health where there is a gRPC port, else the HTTP endpoints of the metrics port, else (the simulated models) their own. */ -}}
{{- define "attune.probes" -}}
{{- if .http -}}
startupProbe: { httpGet: { path: /ready, port: http }, periodSeconds: 2, failureThreshold: 60 }
readinessProbe: { httpGet: { path: /ready, port: http }, periodSeconds: 5, failureThreshold: 3 }
livenessProbe: { httpGet: { path: /health, port: http }, periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 5 }
{{- else if .port -}}
startupProbe: { grpc: { port: {{ .port }} }, periodSeconds: 2, failureThreshold: 60 }
readinessProbe: { grpc: { port: {{ .port }} }, periodSeconds: 5, failureThreshold: 3 }
livenessProbe: { grpc: { port: {{ .port }} }, periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 5 }
{{- else if .root.Values.metrics.enabled -}}
startupProbe: { httpGet: { path: /live, port: metrics }, periodSeconds: 2, failureThreshold: 60 }
readinessProbe: { httpGet: { path: /ready, port: metrics }, periodSeconds: 5, failureThreshold: 3 }
livenessProbe: { httpGet: { path: /live, port: metrics }, periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 5 }
{{- else -}}
{{- fail (printf "%s has no port of its own: its probes need metrics.enabled." .component) -}}
{{- end }}
{{- end }}

{{- define "attune.podSpec" -}}
serviceAccountName: {{ include "attune.name" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .root.Values.gracePeriodSeconds }}
securityContext: {{- include "attune.podSecurity" . | nindent 2 }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  {{- include "attune.container" . | nindent 2 }}
volumes:
  - { name: tmp, emptyDir: { sizeLimit: 1Gi } }
  {{- if .bus }}
  {{- include "attune.busVolume" .root | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "attune.podAnnotations" -}}
{{- if and .root.Values.metrics.enabled (not .http) }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .root.Values.metrics.port | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end }}

{{- /* The workload of one component with its Service and disruption budget. With a volume of its own it is a StatefulSet, else a Deployment. */ -}}
{{- define "attune.workload" -}}
{{- $name := printf "%s-%s" (include "attune.name" .root) .component -}}
{{- $stateful := .storage -}}
---
apiVersion: apps/v1
kind: {{ ternary "StatefulSet" "Deployment" (not (not $stateful)) }}
metadata:
  name: {{ $name }}
  labels: {{- include "attune.labels" . | nindent 4 }}
spec:
  {{- if not .autoscaled }}
  replicas: {{ .replicas }}
  {{- end }}
  {{- if $stateful }}
  serviceName: {{ $name }}
  {{- else }}
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  {{- end }}
  selector:
    matchLabels: {{- include "attune.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "attune.labels" . | nindent 8 }}
      {{- with include "attune.podAnnotations" . | trim }}
      annotations: {{- . | nindent 8 }}
      {{- end }}
    spec: {{- include "attune.podSpec" . | nindent 6 }}
  {{- if $stateful }}
  volumeClaimTemplates:
    - metadata: { name: state }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: {{ .storage }} } } }
  {{- end }}
{{- if .port }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels: {{- include "attune.labels" . | nindent 4 }}
spec:
  # Headless: a client sees every ready pod and balances over them itself; one gRPC connection through a cluster IP would stick to one pod.
  clusterIP: None
  selector: {{- include "attune.selector" . | nindent 4 }}
  ports:
    - { name: {{ ternary "http" "grpc" (.http | default false) }}, port: {{ .port }}, targetPort: {{ ternary "http" "grpc" (.http | default false) }} }
{{- end }}
{{- if and .root.Values.podDisruptionBudget.enabled (gt (int .replicas) 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels: {{- include "attune.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "attune.selector" . | nindent 6 }}
{{- end }}
{{- end }}
