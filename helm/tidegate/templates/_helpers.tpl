{{- define "tidegate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "tidegate.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "tidegate.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "tidegate.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "tidegate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tidegate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tidegate.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "tidegate.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "tidegate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "tidegate.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "tidegate.claimName" -}}
{{- default (include "tidegate.fullname" .) .Values.persistence.existingClaim }}
{{- end }}

{{/* What the schema can't say clearly, said before anything is rendered. */}}
{{- define "tidegate.validate" -}}
{{- if gt (int .Values.replicas) 1 }}
{{- fail (printf "replicas: %d is more than the service can share its data between: models, jobs and live sequences are kept in one pod's data directory. Set replicas to 1" (int .Values.replicas)) }}
{{- end }}
{{- if eq (int .Values.service.port) (int .Values.service.grpcPort) }}
{{- fail (printf "service: port and grpcPort are both %d; a Service has each port once, so give them different ones" (int .Values.service.port)) }}
{{- end }}
{{- $own := dict "server.port" "service.port" "spring.grpc.server.port" "service.grpcPort" "tidegate.engine" "engine" "tidegate.data-dir" "persistence" "server.address" "" "tidegate.security.allow-open-network" "security.allowOpenNetwork" }}
{{- range $key, $value := .Values.config }}
{{- if hasKey $own $key }}
{{- fail (printf "config: %s is set by the chart itself%s" $key (get $own $key | empty | ternary "" (printf ": use the value %s" (get $own $key)))) }}
{{- end }}
{{- end }}
{{- end }}
