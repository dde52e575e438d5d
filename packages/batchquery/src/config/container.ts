import * as v from 'valibot'

const text = v.pipe(v.string(), v.nonEmpty('is empty'))
const natural = v.pipe(v.number(), v.integer(), v.minValue(1))

/** The programs that run containers here. */
export const CONTAINER_PROGRAMS = ['docker', 'podman'] as const
export type ContainerProgram = (typeof CONTAINER_PROGRAMS)[number]

export const DEFAULT_IMAGE = 'batchquery:latest'

/** `container:` in batchquery.yaml. */
export const containerEntries = {
  image: v.optional(text, DEFAULT_IMAGE),
  /** @default - the first program that works */
  program: v.optional(v.picklist(CONTAINER_PROGRAMS)),
  /** @default - this machine's if a database or an endpoint is on its loopback, otherwise the default of the program */
  network: v.optional(text),
  /** CPU units, 1024 per CPU. @default - all */
  cpu: v.optional(natural),
  /** MiB. @default - all */
  memory: v.optional(natural),
}
const containerSchema = v.strictObject(containerEntries)

/** The image, and how to run it. */
export type ContainerSettings = v.InferOutput<typeof containerSchema>
