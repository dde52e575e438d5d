import * as v from 'valibot'

const text = v.pipe(v.string(), v.nonEmpty('is empty'))
const texts = (most: number) =>
  v.pipe(v.array(text), v.minLength(1, 'is empty'), v.maxLength(most, `has more than ${most} entries`))

/** ECS takes these characters in a tag, and no more than 50 tags; some are ours. */
const tagText = v.pipe(
  v.string(),
  v.regex(/^[\p{L}\p{N} _.:/=+@-]{0,128}$/u, 'has a character that no tag has'),
)
const cpuUnits = v.pipe(v.number(), v.integer(), v.minValue(1))

const price = v.pipe(v.number(), v.finite(), v.minValue(0, 'is less than 0'))

/** For what is said of the cost after a run: the list of a region, or what was agreed on. */
const prices = v.strictObject({
  /** Of a vCPU and hour, on demand. */
  vcpuHour: price,
  /** Of a GB of memory and hour, on demand. */
  gbHour: price,
  /** The part that is taken off for Spot: 0.7 makes it 70 % cheaper. @default - not told */
  spotDiscount: v.optional(
    v.pipe(v.number(), v.minValue(0, 'is less than 0'), v.maxValue(1, 'is more than 1')),
  ),
  /** ISO 4217. @default - USD */
  currency: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'is no code such as USD')), 'USD'),
})

/** `fargate:` in batchquery.yaml. */
export const fargateEntries = {
  /** Name or ARN. */
  cluster: v.optional(text, 'batchquery-fg'),
  /** Family, `family:revision`, or ARN. */
  taskDefinition: v.optional(text, 'batchquery'),
  subnets: texts(16),
  securityGroups: v.optional(texts(5)),
  /** Off where the subnets have a NAT gateway or the endpoints that Fargate needs. */
  assignPublicIp: v.optional(v.boolean(), false),
  /** The container of the task definition that the runner is in. @default - its only one, or `batchquery` */
  container: v.optional(text),
  /** CPU units, 1024 a vCPU. @default - as the task definition has it */
  cpu: v.optional(cpuUnits),
  /** MiB. @default - as the task definition has it */
  memory: v.optional(cpuUnits),
  /** GiB of temporary files. @default - as the task definition has it, usually 20 */
  ephemeralStorage: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(21, 'is less than 21'), v.maxValue(200, 'is more than 200')),
  ),
  /** Take spare capacity, which may be taken away again. */
  spot: v.optional(v.boolean(), false),
  /** @default - LATEST */
  platformVersion: v.optional(text),
  /** @default - as published for US East (N. Virginia) */
  prices: v.optional(prices),
  tags: v.optional(v.record(tagText, tagText), {}),
}
const fargateSchema = v.strictObject(fargateEntries)

export type FargatePrices = v.InferOutput<typeof prices>

/** Where and how ECS tasks are started. */
export type FargateSettings = v.InferOutput<typeof fargateSchema>
