/** An error for the person at the terminal, shown without a stack. */
export class BenchError extends Error {}
