# Exports with batchquery, then calls a notification hook: a folder as a task.
#
#   batchquery run notification -e HOOK=./hook.sh
#
# The export is a separate run. The hook gets its record on stdin. If the export fails, the hook is not called,
# and this run ends with the same exit code.
set -euo pipefail
here=$(dirname "$0")

record=$(batchquery run "$here/export.sql" --run-id "$BATCHQUERY_RUN_ID-export" --json)
bash "$HOOK" <<<"$record"
printf '{"output":{"uri":"s3://%s/output/orders"}}\n' "$BATCHQUERY_BUCKET" >&"$BATCHQUERY_REPORT_FD"
