import { NormalizedSchema } from '@smithy/core/schema'

type Shape = Parameters<typeof NormalizedSchema.of>[0]

/** The names of a form, split at their dots. */
class Branch {
  value = ''
  readonly below = new Map<string, Branch>()

  grow(name: string): Branch {
    const branch = this.below.get(name) ?? new Branch()
    this.below.set(name, branch)
    return branch
  }
}

/** The fields of every form besides the members of the request. */
const COMMON = new Set(['Action', 'Version'])

/**
 * The members of a request that comes as a form, in AWS's query protocol or in that of EC2, whose lists have their
 * numbers directly after the name: `ActionNames.member.1`, `SubnetId.1`. An unknown name stays unchanged.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html,
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export function queryInput(shape: Shape, form: URLSearchParams, isEc2: boolean): Record<string, unknown> {
  const root = new Branch()
  for (const [name, value] of form) {
    if (COMMON.has(name)) continue
    let branch = root
    for (const part of name.split('.')) branch = branch.grow(part)
    branch.value = value
  }
  return membersOf(NormalizedSchema.of(shape), root, isEc2)
}

function membersOf(schema: NormalizedSchema, { below }: Branch, isEc2: boolean): Record<string, unknown> {
  const members = Object.entries(schema.getMemberSchemas()).map(
    ([name, member]) => [nameInForm(name, member, isEc2), { name, member }] as const,
  )
  const byName = new Map(members)
  const found = [...below].map(([key, branch]) => {
    const known = byName.get(key)
    return known === undefined
      ? ([key, branch.value] as const)
      : ([known.name, memberValue(known.member, branch, isEc2)] as const)
  })
  return Object.fromEntries(found)
}

function memberValue(schema: NormalizedSchema, branch: Branch, isEc2: boolean): unknown {
  if (schema.isStructSchema()) return membersOf(schema, branch, isEc2)
  if (schema.isListSchema()) {
    const items = isEc2 ? branch.below : branch.below.get('member')?.below
    return [...(items ?? [])].map(([, item]) => memberValue(schema.getValueSchema(), item, isEc2))
  }
  if (schema.isBooleanSchema()) return branch.value === 'true'
  return schema.isNumericSchema() ? Number(branch.value) : branch.value
}

function nameInForm(name: string, member: NormalizedSchema, isEc2: boolean): string {
  const { ec2QueryName, xmlName } = member.getMergedTraits()
  if (!isEc2) return String(xmlName ?? name)
  const inForm = String(ec2QueryName ?? xmlName ?? name)
  return inForm.charAt(0).toUpperCase() + inForm.slice(1)
}
