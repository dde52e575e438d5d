import type { Burden, Moment } from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { ReaderLimits } from './reader-host.ts'

const UNITS: Readonly<Record<Burden['kind'], string>> = { history: '--warn-history', age: '--warn-snapshot' }

/** Logs from time to time what an open moment costs the server. */
export class BurdenWatch {
  readonly #timer: NodeJS.Timeout
  #asking: Promise<void> = Promise.resolve()

  constructor(
    moment: Pick<Moment, 'burden'>,
    { warnAbove }: ReaderLimits,
    told: { readonly note: (text: string) => void; readonly warn: (text: string) => void },
    everyMs: number,
  ) {
    let hasWarned = false
    let isAsking = false
    const ask = async (): Promise<void> => {
      isAsking = true
      try {
        const burden = await moment.burden()
        if (burden === null) return
        const limit = warnAbove[burden.kind]
        if (hasWarned || limit === undefined || burden.value <= limit) return told.note(burden.text)
        hasWarned = true
        told.warn(
          `${burden.text}, which is above ${UNITS[burden.kind]}: the export keeps the server from removing old versions of rows`,
        )
      } catch (thrown) {
        // The end of the export finds out whether the moment is lost.
        told.note(`the burden of the open transaction is unknown: ${BatchQueryError.from(thrown).message}`)
      } finally {
        isAsking = false
      }
    }
    this.#timer = setInterval(() => {
      if (!isAsking) this.#asking = ask()
    }, everyMs)
  }

  /** Resolves when nothing is asked any more: the moment's session is free. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#asking
  }
}
