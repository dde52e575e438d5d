import type { FargatePrices } from '../config/index.ts'
import { costText, type TaskCost, taskCost } from '../engine/fargate/cost.ts'
import { type ChargedTask, chargedTask, type RunRecord } from '../run/index.ts'

/**
 * About what a run on Fargate has cost, by the time that AWS charges for the ECS task of its latest attempt. Null on other engines, and
 * before a runner has started. The price is on demand: Spot costs less.
 *
 * @param own prices @default - those of a region, which `TaskCost.prices` names
 */
export const runCost = (run: RunRecord, now: Date, own: FargatePrices | undefined): TaskCost | null =>
  costOf(chargedTask(run, now), own)

/** As `runCost`, from what the index has of a run. */
export const costOf = (charged: ChargedTask | null, own: FargatePrices | undefined): TaskCost | null =>
  charged === null ? null : taskCost(charged, charged.ms / 1000, own)

/** `~$0.0123 on demand, at the prices of us-east-1`. */
export const costLine = (cost: TaskCost): string =>
  `${costText(cost)} on demand, at the prices of ${cost.prices}`

export { costText, type TaskCost }
