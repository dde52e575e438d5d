/** Something that a person has to know or to mend; shown without a stack. */
export class BenchError extends Error {}
