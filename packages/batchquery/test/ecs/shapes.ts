import { NormalizedSchema } from '@smithy/core/schema'

type Shape = Parameters<typeof NormalizedSchema.of>[0]

/**
 * The faults of a value, as JSON, by the SDK's shape of it: unknown members, missing ones, other types. The shapes
 * come from AWS's own model, which the SDK is generated from.
 */
export function shapeFaults(shape: Shape, value: unknown): string[] {
  return [...faultsAt(NormalizedSchema.of(shape), value, '$')]
}

function* faultsAt(schema: NormalizedSchema, value: unknown, at: string): Generator<string> {
  if (schema.isStructSchema()) yield* faultsOfStructure(schema, value, at)
  else if (schema.isListSchema()) yield* faultsOfList(schema, value, at)
  else if (schema.isMapSchema()) yield* faultsOfMap(schema, value, at)
  else if (typeof value !== typeOf(schema)) yield `${at}: expected ${typeOf(schema)}, found ${typeof value}`
}

/** Times are seconds in JSON 1.1. */
function typeOf(schema: NormalizedSchema): string {
  if (schema.isBooleanSchema()) return 'boolean'
  return schema.isNumericSchema() || schema.isTimestampSchema() ? 'number' : 'string'
}

function* faultsOfStructure(schema: NormalizedSchema, value: unknown, at: string): Generator<string> {
  if (!isObject(value)) {
    yield `${at}: expected an object`
    return
  }
  const members = schema.getMemberSchemas()
  for (const [name, member] of Object.entries(value)) {
    if (!Object.hasOwn(members, name)) yield `${at}: unknown member ${name}`
    else if (member !== null && member !== undefined) yield* faultsAt(members[name], member, `${at}.${name}`)
  }
  for (const name of requiredOf(schema)) if (value[name] === undefined) yield `${at}: no ${name}`
}

function* faultsOfList(schema: NormalizedSchema, value: unknown, at: string): Generator<string> {
  if (!Array.isArray(value)) yield `${at}: expected a list`
  else
    for (const [index, item] of value.entries())
      yield* faultsAt(schema.getValueSchema(), item, `${at}[${index}]`)
}

function* faultsOfMap(schema: NormalizedSchema, value: unknown, at: string): Generator<string> {
  if (!isObject(value)) yield `${at}: expected an object`
  else
    for (const [key, item] of Object.entries(value))
      yield* faultsAt(schema.getValueSchema(), item, `${at}.${key}`)
}

/** In the SDK's form of a shape the required members come first, and the last entry is their number. */
function requiredOf(schema: NormalizedSchema): string[] {
  const [, , , , names, , count] = Array.isArray(schema.getSchema())
    ? [...Object.values(schema.getSchema())]
    : []
  return Array.isArray(names) && typeof count === 'number' ? names.slice(0, count) : []
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
