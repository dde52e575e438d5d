/** `~` and `~name` at the beginning; `${...}` and `$(...)` anywhere; `$NAME` at the beginning. */
const LEFTOVER = /^~[^/]*|\$\{[^}]*\}?|\$\([^)]*\)?|^\$\w+/

/**
 * What a shell would have put something else in the place of, had it seen the text; null where there is nothing of that kind.
 * It does not look into `--store=~/x`, quotes or files, and a folder of that name is what nobody wants.
 */
export const unexpandedVariable = (text: string): string | null => LEFTOVER.exec(text)?.[0] ?? null

/** Why a path or a name with such a part is refused, and what to write. */
export const unexpandedHint = (leftover: string): string =>
  leftover.startsWith('~')
    ? 'Only a shell knows ~, and not in quotes or behind =: write the whole path.'
    : `Only a shell knows it, and a batchquery.yaml of this machine knows \${NAME}: write what it stands for.`
