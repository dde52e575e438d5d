import type { NativeExport, NativeNames } from '../native-export.ts'

/** The first part has the prefix itself for its name. */
const NAMES: NativeNames = {
  listed: prefix => prefix,
  isPart: (prefix, key) =>
    key.startsWith(prefix) && /^(_part([2-9]|[1-9]\d+))?$/.test(key.slice(prefix.length)),
  part: (prefix, at) => (at === 0 ? prefix : `${prefix}_part${at + 1}`),
  manifest: null,
}

/** The extension aws_s3 of RDS and Aurora. Its names are not those of a streamed export, so a run must ask for it. */
export const AWS_S3_EXPORT: NativeExport = {
  names: NAMES,
  isUsual: () => false,
  obstacle({ header, manifest, encryption }, { name, delimited }) {
    if (delimited === null) return `the server has no FORMAT ${name}`
    if (manifest !== 'OFF') return 'aws_s3 writes no manifest'
    if (header && delimited.escaping === 'backslash') return 'COPY has HEADER only in FORMAT CSV'
    if (encryption !== null && encryption.kind !== 'SSE_KMS')
      return `aws_s3 has no ENCRYPTION ${encryption.kind}`
    return null
  },
  load: async () => (await import('./aws-s3-export.ts')).AWS_S3_WRITER,
}
