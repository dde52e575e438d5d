import * as v from 'valibot'

const text = v.pipe(v.string(), v.nonEmpty('is empty'))
const texts = (most: number) =>
  v.pipe(v.array(text), v.minLength(1, 'is empty'), v.maxLength(most, `has more than ${most} entries`))

/** The characters that ECS accepts in a tag. It accepts 50 tags; some are batchquery's. */
const tagText = v.pipe(
  v.string(),
  v.regex(/^[\p{L}\p{N} _.:/=+@-]{0,128}$/u, 'has a character that a tag cannot have'),
)
const cpuUnits = v.pipe(v.number(), v.integer(), v.minValue(1))

const price = v.pipe(v.number(), v.finite(), v.minValue(0, 'is less than 0'))

/** For the cost that is shown after a run: the prices of a region, or those of a contract. */
const prices = v.strictObject({
  /** Per vCPU and hour, on demand. */
  vcpuHour: price,
  /** Per GB of memory and hour, on demand. */
  gbHour: price,
  /** The discount of Spot: 0.7 is 70 % cheaper. @default - unknown */
  spotDiscount: v.optional(
    v.pipe(v.number(), v.minValue(0, 'is less than 0'), v.maxValue(1, 'is more than 1')),
  ),
  /** ISO 4217. @default - USD */
  currency: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'is not a currency code such as USD')),
    'USD',
  ),
})

/** `fargate:` in batchquery.yaml. */
export const fargateEntries = {
  /** Name or ARN. */
  cluster: v.optional(text, 'batchquery-fg'),
  /** Family, `family:revision`, or ARN. */
  taskDefinition: v.optional(text, 'batchquery'),
  subnets: texts(16),
  securityGroups: v.optional(texts(5)),
  /** Not needed if the subnets have a NAT gateway, or the endpoints that Fargate needs. */
  assignPublicIp: v.optional(v.boolean(), false),
  /** The container of the task definition that the runner is in. @default - its only one, or `batchquery` */
  container: v.optional(text),
  /** CPU units, 1024 per vCPU. @default - as the task definition has it */
  cpu: v.optional(cpuUnits),
  /** MiB. @default - as the task definition has it */
  memory: v.optional(cpuUnits),
  /** GiB of temporary files. @default - as the task definition has it, usually 20 */
  ephemeralStorage: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(21, 'is less than 21'), v.maxValue(200, 'is more than 200')),
  ),
  /** Request spare capacity, which AWS may withdraw. */
  spot: v.optional(v.boolean(), false),
  /** How many ECS tasks read an export with PARALLEL. @default - the runner's own, with threads */
  tasks: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1, 'is less than 1'), v.maxValue(1000, 'is more than 1000')),
  ),
  /** The ARN of the state machine that starts them. */
  stateMachine: v.optional(text),
  /** @default - LATEST */
  platformVersion: v.optional(text),
  /** @default - as published for US East (N. Virginia) */
  prices: v.optional(prices),
  tags: v.optional(v.record(tagText, tagText), {}),
}
const fargateSchema = v.strictObject(fargateEntries)

export type FargatePrices = v.InferOutput<typeof prices>

/** How ECS tasks are started. */
export type FargateSettings = v.InferOutput<typeof fargateSchema>
