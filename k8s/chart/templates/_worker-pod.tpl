{{- define "minibatch.workerPod" -}}
metadata:
  labels:
    {{- include "minibatch.workerSelector" . | nindent 4 }}
    {{- include "minibatch.labels" . | nindent 4 }}
  annotations:
    {{- /* Another run replaces the workers too: those that have trained one to its end look for no other. */}}
    {{- include "minibatch.annotations" (print (include "minibatch.coordinatorOptions" .) (include "minibatch.workerOptions" .)) | nindent 4 }}
    cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: data,tmp
spec:
  {{- include "minibatch.pod" (list . .Values.worker) | nindent 2 }}
  {{- if eq .Values.mode "job" }}
  restartPolicy: Never
  {{- end }}
  {{- with .Values.worker.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: 30
  securityContext:
    {{- include "minibatch.podSecurity" . | nindent 4 }}
  # A node that fails should take as few workers along as can be.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "minibatch.workerSelector" . | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
  initContainers:
    # No pod may reach the internet: the dataset comes in an image. Its hash is checked when the worker registers.
    - name: data
      image: {{ include "minibatch.image" (list . "minibatch-data") }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command: [cp, -R, /datasets/., /data/]
      resources:
        requests:
          cpu: 100m
          memory: 64Mi
        limits:
          memory: 256Mi
      securityContext:
        {{- include "minibatch.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - name: data
          mountPath: /data
  containers:
    - name: worker
      image: {{ include "minibatch.image" (list . .Values.worker.image) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      terminationMessagePath: /dev/termination-log
      terminationMessagePolicy: FallbackToLogsOnError
      envFrom:
        - configMapRef:
            name: {{ .Release.Name }}-worker
      env:
        - name: MINIBATCH_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: MINIBATCH_PUBLIC_HOST
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
      ports:
        - name: control
          containerPort: 4053
        - name: http
          containerPort: 8080
      startupProbe:
        httpGet:
          path: /health/startup
          port: http
        periodSeconds: 2
        failureThreshold: {{ .Values.worker.startupFailureThreshold }}
      {{- include "minibatch.probes" . | nindent 6 }}
      resources:
        {{- toYaml .Values.worker.resources | nindent 8 }}
      securityContext:
        {{- include "minibatch.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - name: data
          mountPath: /data
          readOnly: true
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
    - name: data
      emptyDir:
        sizeLimit: 256Mi
{{- end }}
