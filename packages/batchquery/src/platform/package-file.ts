/**
 * The URL of a file of this package, by its path from the package's folder.
 *
 * The code runs as `src/platform/`, as `dist/platform/` and bundled in `dist/programs/`, each two folders below the
 * package.
 */
export const packageFile = (path: string): URL => new URL(`../../${path}`, import.meta.url)
