import type { ParallelReads } from '../../parallel-reads.ts'
import { explain } from './explained.ts'
import { checkMoment, openMoment } from './moment.ts'
import { estimateOf, planReads } from './plan-reads.ts'
import { sessionRoom } from './room.ts'
import { readState } from './session-state.ts'

export const POSTGRES_PARALLEL_READS: ParallelReads = {
  state: readState,
  estimate: async (session, query) => estimateOf(await explain(session, query)),
  plan: planReads,
  checkMoment,
  openMoment,
  joinsMoment: true,
  room: sessionRoom,
}
