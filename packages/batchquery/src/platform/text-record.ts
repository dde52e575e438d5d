import * as v from 'valibot'

/**
 * An object of texts with any names. Valibot's own `record` silently drops `constructor`, `prototype` and
 * `__proto__`, but a parameter may have such a name.
 *
 * Not in the index of the folder, because importing the index would then load valibot.
 */
export const textRecord = v.pipe(
  v.custom<Record<string, unknown>>(
    value => typeof value === 'object' && value !== null && !Array.isArray(value),
    'Invalid type: Expected Object',
  ),
  v.rawTransform<Record<string, unknown>, Record<string, string>>(({ dataset, addIssue, NEVER }) => {
    const texts: [string, string][] = []
    for (const [key, value] of Object.entries(dataset.value)) {
      if (typeof value !== 'string') {
        const path = { type: 'object', origin: 'value', input: dataset.value, key, value } as const
        addIssue({ message: `Invalid type: Expected string but received ${typeof value}`, path: [path] })
        return NEVER
      }
      texts.push([key, value])
    }
    return Object.fromEntries(texts)
  }),
)
