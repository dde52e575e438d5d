import { compressionName, type Forecast } from '../export/index.ts'
import { redactUrl } from '../platform/index.ts'
import type { StepForecast } from '../statements/plan-task.ts'
import type { FargateForecast, TaskForecast } from '../submit/forecast-task.ts'

/** What `plan` shows. */
export interface PlanDocument {
  readonly task: { readonly sha256: string }
  /** The URL is without a password. */
  readonly database: { readonly url: string; readonly server: string }
  readonly exports: readonly PlanExport[]
  readonly fargate: FargateForecast | null
}

export interface PlanExport {
  /** The number of its statement, from 1. */
  readonly number: number
  readonly line: number
  readonly uri: string
  readonly format: string
  /** `default` if the runner's version of Node decides it. */
  readonly compression: string
  readonly mode: StepForecast['mode']
  readonly why: string | null
  /** Null if the server exports by itself, or the export is refused. */
  readonly forecast: Omit<Forecast, 'speed'> | null
  readonly refused: PlanRefusal | null
}

export interface PlanRefusal {
  readonly code: string
  readonly message: string
  readonly hint: string | null
  /** The number of the earlier statement that the export needs. Null if a run would refuse the export, too. */
  readonly needs: number | null
}

/** @param redact removes secrets from a text of the server */
export const planDocument = (
  { server, exports, fargate }: TaskForecast,
  sha256: string,
  url: string,
  redact: (text: string) => string,
): PlanDocument => ({
  task: { sha256 },
  database: { url: redactUrl(url), server },
  exports: exports.map(step => exportOf(step, redact)),
  fargate,
})

function exportOf(
  { number, line, exported, mode, why, forecast, refusal }: StepForecast,
  redact: (text: string) => string,
): PlanExport {
  const { plan } = exported
  return {
    ...{ number, line, mode, why },
    uri: plan.destination.uri,
    format: plan.format.name,
    compression: compressionName(plan),
    forecast: forecast && withoutSpeed(forecast, redact),
    refused: refusal && {
      code: refusal.error.code,
      message: redact(refusal.error.message),
      hint: refusal.error.hint === null ? null : redact(refusal.error.hint),
      needs: refusal.needs,
    },
  }
}

const withoutSpeed = ({ speed: _, ...forecast }: Forecast, redact: (text: string) => string) => ({
  ...forecast,
  notes: forecast.notes.map(redact),
})
