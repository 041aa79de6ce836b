{{- define "minibatch.coordinatorPod" -}}
metadata:
  labels:
    {{- include "minibatch.coordinatorSelector" . | nindent 4 }}
    {{- include "minibatch.labels" . | nindent 4 }}
  annotations:
    {{- include "minibatch.annotations" (include "minibatch.coordinatorOptions" .) | nindent 4 }}
    cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: tmp
spec:
  {{- include "minibatch.pod" (list . .Values.coordinator) | nindent 2 }}
  {{- if eq .Values.mode "job" }}
  restartPolicy: Never
  # The name that a StatefulSet would give its pod, and that workers join.
  hostname: {{ .Release.Name }}-coordinator-0
  subdomain: {{ .Release.Name }}-coordinator
  {{- end }}
  terminationGracePeriodSeconds: 60
  securityContext:
    {{- include "minibatch.podSecurity" . | nindent 4 }}
    fsGroupChangePolicy: OnRootMismatch
  containers:
    - name: coordinator
      image: {{ include "minibatch.image" (list . "minibatch-coordinator") }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [$(WORKLOAD)]
      terminationMessagePath: /dev/termination-log
      terminationMessagePolicy: FallbackToLogsOnError
      envFrom:
        - configMapRef:
            name: {{ .Release.Name }}-coordinator
      ports:
        - name: control
          containerPort: 4053
        - name: data
          containerPort: 4054
        - name: http
          containerPort: 8080
      startupProbe:
        httpGet:
          path: /health/startup
          port: http
        periodSeconds: 2
        failureThreshold: 60
      {{- include "minibatch.probes" . | nindent 6 }}
      resources:
        {{- toYaml .Values.coordinator.resources | nindent 8 }}
      securityContext:
        {{- include "minibatch.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - name: runs
          mountPath: /runs
        - name: secret
          mountPath: /etc/minibatch
          readOnly: true
        {{- if .Values.tls.secretName }}
        - name: tls
          mountPath: /etc/minibatch-tls
          readOnly: true
        {{- end }}
        - name: tmp
          mountPath: /tmp
  volumes:
    {{- include "minibatch.volumes" . | nindent 4 }}
    {{- if eq .Values.mode "job" }}
    - name: runs
      persistentVolumeClaim:
        claimName: {{ .Values.coordinator.storage.existingClaim }}
    {{- end }}
{{- end }}
