import type { Difference } from '../../../export/index.ts'
import { publishedExports } from '../../../submit/published-exports.ts'
import { verifiedExports } from '../../../submit/verified-exports.ts'
import type { VerifyRequest } from '../../documents.ts'
import type { Work } from '../jobs.ts'
import type { Console } from '../open-console.ts'

/** A page shows no more. */
const MOST_DIFFERENCES = 1_000

/** Reads what a run published, and compares it with its record. */
export const verifying =
  (id: string, { export: only }: VerifyRequest, { home }: Console): Work =>
  async job => {
    const record = await home.runs.read(id)
    const { streamed, native } = await publishedExports(record, home)
    const isWanted = (number: number) => only === undefined || only === number
    const chosen = {
      streamed: streamed.filter((_, at) => isWanted(at + 1)),
      native: native.filter((_, at) => isWanted(streamed.length + at + 1)),
    }
    const all = [...chosen.streamed, ...chosen.native].reduce(
      (sum, { published }) => sum + published.bytes,
      0,
    )
    let done = 0
    const count = (_rows: number, bytes: number) => {
      done += bytes
      job.count(done, all)
    }
    const differences: Difference[] = []
    for await (const verified of verifiedExports(chosen, record, count)) {
      const { uri, parts, rows } = verified
      const outcome = verified.differences.length === 0 ? 'agree' : 'differ'
      job.log.info(`${uri} (parts: ${parts}, rows: ${rows}): record and store ${outcome}`)
      differences.push(...verified.differences.slice(0, MOST_DIFFERENCES - differences.length))
    }
    job.count(all, all)
    return { differences }
  }
