/**
 * The id of a run that a schedule started, made of BATCHQUERY_SCHEDULE (its name) and BATCHQUERY_SCHEDULED_TIME (ISO 8601).
 * So a schedule that delivers twice starts the same run. Leaves out colons, which an id must not contain. Null if no schedule
 * started the run.
 */
export function scheduledRunId(environment: Readonly<Record<string, string | undefined>>): string | null {
  const { BATCHQUERY_SCHEDULE: name, BATCHQUERY_SCHEDULED_TIME: time } = environment
  return name && time ? `${name}-${time.replaceAll(/[-:]/g, '')}` : null
}
