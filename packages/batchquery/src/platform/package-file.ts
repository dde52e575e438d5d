/**
 * A file of this package, by its path from the package's folder.
 *
 * The code runs as `src/platform/`, as `dist/platform/` and bundled in `dist/programs/`: two folders below it each time.
 */
export const packageFile = (path: string): URL => new URL(`../../${path}`, import.meta.url)
