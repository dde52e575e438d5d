# Exports with batchquery, then tells somebody: a folder as a task.
#
#   batchquery run notification -e HOOK=./hook.sh
#
# The export is a run of its own, whose record is what the hook gets on its stdin. Where the export fails, nobody is
# told, and this run ends with the same exit code.
set -euo pipefail
here=$(dirname "$0")

record=$(batchquery run "$here/export.sql" --run-id "$BATCHQUERY_RUN_ID-export" --json)
bash "$HOOK" <<<"$record"
printf '{"output":{"uri":"s3://%s/output/orders"}}\n' "$BATCHQUERY_BUCKET" >&"$BATCHQUERY_REPORT_FD"
