import type { Direction } from '../faults/tcp-proxy.ts'
import { checkEnd, readRecord } from './checker.ts'
import { countRequests, type RequestCounts } from './requests.ts'
import { Stage, type StageOptions } from './stage.ts'
import type { World } from './world.ts'

type Traffic = Readonly<Record<Direction, { readonly bytes: number; readonly chunks: number }>>

/** The measures of an undisturbed run. The campaign places faults and kills on this scale. */
export interface Measured {
  readonly ms: number
  /** The operations of the store, in order. */
  readonly operations: readonly string[]
  readonly database: Traffic | null
  readonly store: Traffic | null
  readonly requests: RequestCounts
}

/** Measures each kind of run once, and checks it: the check must pass without a fault. */
export class Measurements {
  readonly #world: World
  readonly #known = new Map<string, Promise<Measured>>()

  constructor(world: World) {
    this.#world = world
  }

  /** Ignores the silence. */
  of(options: StageOptions, slot: number): Promise<Measured> {
    const { silentSeconds: _, ...shape } = options.shape
    const key = `measured-${options.dialect}-${options.link ?? 'directory'}-${shape.name.replace(' ', '-')}`
    const known = this.#known.get(key) ?? measure(this.#world, key, slot, { ...options, shape })
    this.#known.set(key, known)
    return known
  }
}

async function measure(world: World, name: string, slot: number, options: StageOptions): Promise<Measured> {
  const stage = await Stage.set(world, name, slot, { ...options, timeoutSeconds: null })
  try {
    const { code, operations, ms } = await stage.run().ended
    const record = await readRecord(stage.scene)
    const findings = await checkEnd(stage.scene, record)
    if (code !== 0 || record?.state !== 'SUCCEEDED' || findings.length > 0)
      throw new Error(`an undisturbed run went wrong: ${JSON.stringify(findings)}\n${await stage.log()}`)
    const { database, bytes, requests } = stage.network
    return {
      ms,
      operations,
      database: database?.seen ?? null,
      store: bytes?.seen ?? null,
      requests: countRequests(requests?.requests ?? []),
    }
  } finally {
    await stage.strike()
  }
}
