import { NormalizedSchema } from '@smithy/core/schema'

type Shape = Parameters<typeof NormalizedSchema.of>[0]

/** A value as XML, by the SDK's shape. The traits of the shape decide the names of elements and the form of lists. */
export function xmlOf(shape: Shape, value: unknown): string {
  return membersOf(NormalizedSchema.of(shape), value)
}

function membersOf(schema: NormalizedSchema, value: unknown): string {
  if (typeof value !== 'object' || value === null) throw new Error(`no structure: ${value}`)
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => elementOf(schema.getMemberSchema(name), name, member))
    .join('')
}

function elementOf(schema: NormalizedSchema, name: string, value: unknown): string {
  const { xmlName = name } = schema.getMergedTraits()
  const content = contentOf(schema, value)
  return `<${xmlName}>${content}</${xmlName}>`
}

function contentOf(schema: NormalizedSchema, value: unknown): string {
  if (schema.isStructSchema()) return membersOf(schema, value)
  // JSON has seconds.
  if (schema.isTimestampSchema()) return new Date(Number(value) * 1000).toISOString()
  if (!schema.isListSchema()) return escaped(String(value))
  if (!Array.isArray(value)) throw new Error(`no list: ${value}`)
  return value.map(item => elementOf(schema.getValueSchema(), 'member', item)).join('')
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
