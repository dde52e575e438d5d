/*
 * Amazon States Language, as far as batchquery's state machine uses it: Choice, Map, Task, Pass, Wait; Parameters, ResultPath, Retry, Catch,
 * and the function States.MathAdd.
 * https://states-language.net/spec.html
 */

export type Document = Record<string, unknown>

/** A task has failed: `States.TaskFailed`, `ECS.AmazonECSException`. */
export class StateError extends Error {
  readonly error: string

  constructor(error: string, cause: string) {
    super(cause)
    this.error = error
  }
}

export interface Runtime {
  /** Runs a task. @throws StateError */
  readonly task: (resource: string, parameters: Document) => Promise<unknown>
  /** How long a pause of so many seconds takes here, in milliseconds. */
  readonly pauseMs: (seconds: number) => number
  readonly signal: AbortSignal
}

export const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const documentOf = (value: unknown): Document => {
  if (isDocument(value)) return value
  throw new Error(`no object: ${JSON.stringify(value)}`)
}
const listOf = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value
  throw new Error(`no list: ${JSON.stringify(value)}`)
}

/** Runs a state machine, or the processor of a Map. */
export async function runStates(machine: Document, input: unknown, runtime: Runtime): Promise<unknown> {
  const states = documentOf(machine.States)
  let value = input
  for (let name = String(machine.StartAt); ; ) {
    runtime.signal.throwIfAborted()
    const state = documentOf(states[name])
    if (state.Type === 'Choice') {
      name = choose(state, value)
      continue
    }
    const { output, next } = await withRetries(state, value, runtime)
    value = output
    if (next === null) return value
    name = next
  }
}

function choose(state: Document, value: unknown): string {
  const taken = listOf(state.Choices).find(choice => {
    const { Variable, ...test } = documentOf(choice)
    return isMet(test, at(value, String(Variable), {}))
  })
  return String(taken === undefined ? state.Default : documentOf(taken).Next)
}

function isMet(
  { BooleanEquals, NumericGreaterThanEquals, StringMatches }: Document,
  value: unknown,
): boolean {
  if (BooleanEquals !== undefined) return value === BooleanEquals
  if (NumericGreaterThanEquals !== undefined) return Number(value) >= Number(NumericGreaterThanEquals)
  if (typeof StringMatches !== 'string') throw new Error('no comparison that is known here')
  const parts = StringMatches.split('*').map(part => part.replace(/\W/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(String(value))
}

interface Step {
  readonly output: unknown
  /** Null at the end. */
  readonly next: string | null
}

async function withRetries(state: Document, input: unknown, runtime: Runtime): Promise<Step> {
  const tries = new Map<Document, number>()
  for (;;) {
    try {
      const result = await execute(state, input, runtime)
      return { output: placed(input, state.ResultPath, result), next: nextOf(state) }
    } catch (thrown) {
      if (!(thrown instanceof StateError) || runtime.signal.aborted) throw thrown
      const retry = entryFor(state.Retry, thrown)
      const tried = retry === null ? 0 : (tries.get(retry) ?? 0)
      if (retry !== null && tried < Number(retry.MaxAttempts ?? 3)) {
        tries.set(retry, tried + 1)
        const seconds = Number(retry.IntervalSeconds ?? 1) * Number(retry.BackoffRate ?? 2) ** tried
        await new Promise(resolve => setTimeout(resolve, runtime.pauseMs(seconds)))
        continue
      }
      const caught = entryFor(state.Catch, thrown)
      if (caught === null) throw thrown
      const failure = { Error: thrown.error, Cause: thrown.message }
      return { output: placed(input, caught.ResultPath, failure), next: String(caught.Next) }
    }
  }
}

const nextOf = ({ Next, End }: Document): string | null => (End === true ? null : String(Next))

/** The first entry counts that names the error. */
function entryFor(entries: unknown, { error }: StateError): Document | null {
  for (const entry of entries === undefined ? [] : listOf(entries)) {
    const names = listOf(documentOf(entry).ErrorEquals)
    const isNamed = names.includes(error) || names.includes('States.ALL')
    if (isNamed || names.includes('States.TaskFailed')) return documentOf(entry)
  }
  return null
}

async function execute(state: Document, input: unknown, runtime: Runtime): Promise<unknown> {
  switch (state.Type) {
    case 'Pass':
      return state.Parameters === undefined ? input : filled(state.Parameters, input, {})
    case 'Wait':
      await new Promise(resolve => setTimeout(resolve, runtime.pauseMs(Number(state.Seconds))))
      return input
    case 'Task':
      return runtime.task(String(state.Resource), documentOf(filled(state.Parameters, input, {})))
    case 'Map':
      return map(state, input, runtime)
    default:
      throw new Error(`no state of type ${state.Type} here`)
  }
}

async function map(state: Document, input: unknown, runtime: Runtime): Promise<unknown> {
  const items = listOf(at(input, String(state.ItemsPath), {}))
  const works = items.map((item, index) => {
    const context = { Map: { Item: { Value: item, Index: index } } }
    return runStates(documentOf(state.ItemProcessor), filled(state.ItemSelector, input, context), runtime)
  })
  return Promise.all(works)
}

/** A template with the values of its paths. */
function filled(template: unknown, input: unknown, context: Document): unknown {
  if (Array.isArray(template)) return template.map(item => filled(item, input, context))
  if (!isDocument(template)) return template
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$')
        ? [name.slice(0, -2), called(String(value), input, context)]
        : [name, filled(value, input, context)],
    ),
  )
}

/** The value of a path, or of a function of a path. */
function called(text: string, input: unknown, context: Document): unknown {
  const [, path, added] = /^States\.MathAdd\((\S+), (-?\d+)\)$/.exec(text) ?? []
  return path === undefined ? at(input, text, context) : Number(at(input, path, context)) + Number(added)
}

/** The value at `$.a.b`, or `$$.a.b` of the context. A path that leads nowhere is an error, as on AWS. */
function at(input: unknown, path: string, context: Document): unknown {
  const isContext = path.startsWith('$$')
  let value: unknown = isContext ? context : input
  for (const name of path
    .slice(isContext ? 2 : 1)
    .split('.')
    .slice(1)) {
    value = isDocument(value) ? value[name] : undefined
    if (value === undefined) throw new StateError('States.Runtime', `the path ${path} leads nowhere`)
  }
  return value
}

/** The input with a result: null discards it, no path replaces the input. */
function placed(input: unknown, path: unknown, result: unknown): unknown {
  if (path === undefined) return result
  if (path === null) return input
  return { ...documentOf(input), [String(path).slice('$.'.length)]: result }
}
