{{- /* Labels of all objects; of pods too, but for the version of a claim's template. */}}
{{- define "minibatch.labels" -}}
app.kubernetes.io/part-of: minibatch
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* What selects the pods of all components. */}}
{{- define "minibatch.selector" -}}
app.kubernetes.io/name: minibatch
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "minibatch.coordinatorSelector" -}}
{{ include "minibatch.selector" . }}
app.kubernetes.io/component: coordinator
{{- end }}

{{- define "minibatch.workerSelector" -}}
{{ include "minibatch.selector" . }}
app.kubernetes.io/component: worker
{{- end }}

{{- /* The image of a name: include "minibatch.image" (list . "minibatch-worker"). */}}
{{- define "minibatch.image" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.image.registry }}{{ . }}/{{ end }}{{ index . 1 }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{- /* The coordinator's name in DNS. Workers must join by exactly this name. */}}
{{- define "minibatch.coordinatorHost" -}}
{{ .Release.Name }}-coordinator-0.{{ .Release.Name }}-coordinator
{{- end }}

{{- /* Of a pod that is replaced when the text changes: include "minibatch.annotations" (include "minibatch.coordinatorOptions" .). */}}
{{- define "minibatch.annotations" -}}
checksum/config: {{ . | sha256sum }}
prometheus.io/scrape: "true"
prometheus.io/port: "8080"
prometheus.io/path: /metrics
{{- end }}

{{- define "minibatch.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "minibatch.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* Of a pod, with the values of its component: include "minibatch.pod" (list . .Values.worker). */}}
{{- define "minibatch.pod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
nodeSelector:
  kubernetes.io/arch: amd64
  kubernetes.io/os: linux
  {{- with $component.nodeSelector }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $component.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ $root.Release.Name }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "minibatch.probes" -}}
livenessProbe:
  httpGet:
    path: /health/live
    port: http
  periodSeconds: 10
  timeoutSeconds: 3
readinessProbe:
  httpGet:
    path: /health/ready
    port: http
  periodSeconds: 5
  timeoutSeconds: 3
{{- end }}

{{- define "minibatch.volumes" -}}
- name: secret
  secret:
    secretName: {{ .Values.secret.name }}
    defaultMode: 0440
    items:
      - key: secret
        path: secret
{{- if .Values.tls.secretName }}
- name: tls
  secret:
    secretName: {{ .Values.tls.secretName }}
    defaultMode: 0440
    items:
      - key: tls.crt
        path: tls.crt
      - key: tls.key
        path: tls.key
      - key: ca.crt
        path: ca.crt
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- end }}
