{{- /* What both components are told, as a dictionary's YAML. */}}
{{- define "minibatch.commonOptions" -}}
{{- $stay := ternary "false" "true" (eq .Values.mode "job") }}
{{- $common := dict "MINIBATCH_STAY" $stay "MINIBATCH_HOST" "0.0.0.0" "MINIBATCH_PORT" "4053" "MINIBATCH_HTTP_PORT" "8080" }}
{{- $_ := set $common "MINIBATCH_SECRET_FILE" "/etc/minibatch/secret" }}
{{- $_ := set $common "MINIBATCH_LOG_FORMAT" "json" }}
{{- $_ := set $common "MINIBATCH_TERMINATION_LOG" "/dev/termination-log" }}
{{- if .Values.tls.secretName }}
{{- $_ := set $common "MINIBATCH_TLS_CERTIFICATE" "/etc/minibatch-tls/tls.crt" }}
{{- $_ := set $common "MINIBATCH_TLS_KEY" "/etc/minibatch-tls/tls.key" }}
{{- $_ := set $common "MINIBATCH_TLS_CA" "/etc/minibatch-tls/ca.crt" }}
{{- end }}
{{- toYaml $common }}
{{- end }}

{{- /* The coordinator's options; what the values say goes before. */}}
{{- define "minibatch.coordinatorOptions" -}}
{{- $coordinator := dict "WORKLOAD" .Values.workload "MINIBATCH_RUN_DIR" .Values.runDir "MINIBATCH_RESUME_IF_ANY" "true" }}
{{- $_ := set $coordinator "MINIBATCH_EXPECT_WORKERS" "2" }}
{{- $_ := set $coordinator "MINIBATCH_WAIT_FOR_WORKERS" "15min" }}
{{- $_ := set $coordinator "MINIBATCH_PUBLIC_HOST" (include "minibatch.coordinatorHost" .) }}
{{- $_ := set $coordinator "MINIBATCH_DATA_PORT" "4054" }}
{{- toYaml (merge dict .Values.coordinator.env $coordinator (fromYaml (include "minibatch.commonOptions" .))) }}
{{- end }}

{{- /* A worker's. */}}
{{- define "minibatch.workerOptions" -}}
{{- $worker := dict "MINIBATCH_JOIN" (printf "%s:4053" (include "minibatch.coordinatorHost" .)) "MINIBATCH_DEVICE" "cpu" "MINIBATCH_DATA" "/data" }}
{{- $_ := set $worker "MINIBATCH_JOIN_TIMEOUT" (ternary "5min" "15min" (eq .Values.mode "job")) }}
{{- toYaml (merge dict .Values.worker.env $worker (fromYaml (include "minibatch.commonOptions" .))) }}
{{- end }}
