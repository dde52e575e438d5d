import { BatchQueryError } from '../../errors/index.ts'

const HINT =
  'Use TLS (sslmode=verify-full) and run again. The bytes changed between the server and the client.'

export function malformedRow(column: number): BatchQueryError {
  return new BatchQueryError(
    'DATABASE_LOST',
    `the server sent a row that breaks off at column ${column + 1}`,
    {
      hint: HINT,
    },
  )
}

export function malformedPacket(cause: unknown): BatchQueryError {
  return new BatchQueryError('DATABASE_LOST', "cannot read the server's answer", { hint: HINT, cause })
}

export function packetOutOfOrder(expected: number, found: number): BatchQueryError {
  return new BatchQueryError(
    'DATABASE_LOST',
    `the server's packets are out of order: number ${found} came instead of ${expected}`,
    { hint: HINT },
  )
}
