/** `~` and `~name` at the beginning; `${...}` and `$(...)` anywhere; `$NAME` at the beginning. */
const LEFTOVER = /^~[^/]*|\$\{[^}]*\}?|\$\([^)]*\)?|^\$\w+/

/**
 * A part of the text that a shell would have replaced. Null if there is none. A shell does not replace it in
 * `--store=~/x`, in quotes or in files, and a folder with that name is a mistake.
 */
export const unexpandedVariable = (text: string): string | null => LEFTOVER.exec(text)?.[0] ?? null

/** Why a path or a name with such a part is refused, and what to write instead. */
export const unexpandedHint = (leftover: string): string =>
  leftover.startsWith('~')
    ? 'Write the whole path. Only a shell replaces ~, and not in quotes or after =.'
    : `Write its value. Only a shell replaces it, and a batchquery.yaml on this machine replaces \${NAME}.`
