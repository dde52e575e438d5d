/**
 * The id of a run that a schedule asked for, by BATCHQUERY_SCHEDULE (its name) and BATCHQUERY_SCHEDULED_TIME (ISO 8601): a schedule
 * that delivers twice asks for the same run. An id has no place for colons. Null where no schedule did.
 */
export function scheduledRunId(environment: Readonly<Record<string, string | undefined>>): string | null {
  const { BATCHQUERY_SCHEDULE: name, BATCHQUERY_SCHEDULED_TIME: time } = environment
  return name && time ? `${name}-${time.replaceAll(/[-:]/g, '')}` : null
}
