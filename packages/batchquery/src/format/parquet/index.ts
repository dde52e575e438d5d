export { PageCheck } from './check-pages.ts'
export { type CodecName, defaultCodec } from './codecs.ts'
export type { Output, PartSummary } from './output.ts'
export { LONGEST_VALUE, type ParquetOptions, ParquetWriter } from './parquet-writer.ts'
export {
  type ChunkSummary,
  type GroupSummary,
  type ParquetFooter,
  readFooter,
} from './read-footer.ts'
export type { ParquetColumn } from './type.ts'
