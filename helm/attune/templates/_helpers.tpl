{{- define "attune.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "attune.labels" -}}
app.kubernetes.io/name: attune
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "attune.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- /* repository:tag, or repository@digest */ -}}
{{- define "attune.image" -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end -}}
{{- end }}

{{- define "attune.busUrl" -}}
{{- if .Values.bus.url }}{{ .Values.bus.url }}{{ else if .Values.nats.enabled }}nats://{{ include "attune.name" . }}-nats:4222{{ else }}{{ fail "Set bus.url to a NATS with JetStream, or nats.enabled to true." }}{{ end -}}
{{- end }}

{{- define "attune.qdrantUrl" -}}
{{- if .Values.qdrant.url }}{{ .Values.qdrant.url }}{{ else if .Values.qdrant.enabled }}http://{{ include "attune.name" . }}-qdrant:6333{{ end -}}
{{- end }}

{{- define "attune.modelUrl" -}}
{{- if .place.url }}{{ .place.url }}{{ else if (index .root.Values.services "model-sim").enabled }}http://{{ include "attune.name" .root }}-model-sim:{{ (index .root.Values.services "model-sim").port }}/v1{{ else }}{{ fail (printf "models.%s.url is empty, and services.model-sim is not enabled: give the role a URL or enable the simulated server." .role) }}{{ end -}}
{{- end }}

{{- /* A gRPC target that sees every ready pod behind a headless Service. */ -}}
{{- define "attune.target" -}}
dns:///{{ include "attune.name" .root }}-{{ .name }}.{{ .root.Release.Namespace }}.svc:{{ .port }}
{{- end }}

{{- define "attune.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "attune.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* A variable from the Secret, when there is one; the key may be missing. */ -}}
{{- define "attune.secretEnv" -}}
{{- if .root.Values.secrets.name }}
- name: {{ .variable }}
  valueFrom: { secretKeyRef: { name: {{ .root.Values.secrets.name }}, key: {{ .key }}, optional: true } }
{{- end }}
{{- end }}

{{- /* How services trust each other: a token where one is asked for, and a plain wire behind the NetworkPolicy. */ -}}
{{- define "attune.grpcEnv" -}}
- { name: ATTUNE_ALLOW_INSECURE, value: "1" }
{{- if .Values.grpc.token }}
- name: ATTUNE_TOKEN
  valueFrom: { secretKeyRef: { name: {{ required "grpc.token needs secrets.name, the Secret that holds the key grpc-token." .Values.secrets.name }}, key: grpc-token } }
{{- end }}
{{- end }}

{{- /* Who a role is to NATS: a user of its own where there is one for each (deploy/nats/access.conf), else the one of all. Takes root and role. */ -}}
{{- define "attune.busEnv" -}}
- { name: ATTUNE_BUS, value: {{ include "attune.busUrl" .root | quote }} }
{{- if .root.Values.bus.users }}
- { name: ATTUNE_BUS_USER, value: {{ .role }} }
- name: ATTUNE_BUS_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ required "bus.users needs secrets.name, the Secret that holds the keys bus-password-coordinator, -runner, -judge and -operator." .root.Values.secrets.name }}, key: bus-password-{{ .role }} } }
{{- else }}
{{- include "attune.secretEnv" (dict "root" .root "variable" "ATTUNE_BUS_USER" "key" "bus-user") }}
{{- include "attune.secretEnv" (dict "root" .root "variable" "ATTUNE_BUS_PASSWORD" "key" "bus-password") }}
{{- include "attune.secretEnv" (dict "root" .root "variable" "ATTUNE_BUS_TOKEN" "key" "bus-token") }}
{{- end }}
{{- if .root.Values.bus.caSecret }}
- { name: ATTUNE_BUS_CA, value: /bus/ca.crt }
{{- end }}
{{- end }}

{{- define "attune.busMount" -}}
{{- if .Values.bus.caSecret }}
- { name: bus-ca, mountPath: /bus, readOnly: true }
{{- end }}
{{- end }}

{{- define "attune.busVolume" -}}
{{- if .Values.bus.caSecret }}
- { name: bus-ca, secret: { secretName: {{ .Values.bus.caSecret }}, items: [{ key: ca.crt, path: ca.crt }] } }
{{- end }}
{{- end }}
