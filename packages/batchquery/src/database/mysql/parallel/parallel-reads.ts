import type { ParallelReads } from '../../parallel-reads.ts'
import { frozenPosition } from './frozen-position.ts'
import { checkMoment, openMoment } from './moment.ts'
import { estimateQuery, planReads } from './plan-reads.ts'
import { sessionRoom } from './session-room.ts'
import { readState } from './session-state.ts'

export const MYSQL_PARALLEL_READS: ParallelReads = {
  state: readState,
  estimate: estimateQuery,
  plan: planReads,
  checkMoment,
  openMoment,
  frozenPosition,
  room: sessionRoom,
}
