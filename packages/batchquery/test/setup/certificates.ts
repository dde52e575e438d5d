import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Certificates {
  readonly folder: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}

/** Makes a certificate authority and, signed by it, the certificate of a server on this machine. Both last a day. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await mkdir(folder)
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout']
  await writeFile(path('server.ext'), 'subjectAltName = DNS:localhost, IP:127.0.0.1\n')
  const caSubject = ['-subj', '/CN=batchquery test authority', '-days', '1']
  await openssl('req', '-x509', ...newKey, 'ca.key', '-out', 'ca.pem', ...caSubject)
  await openssl('req', '-new', ...newKey, 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
  const signedByCa = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'server.ext']
  await openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', '-days', '1', ...signedByCa)
  return { folder, caFile: path('ca.pem'), certFile: path('server.pem'), keyFile: path('server.key') }
}
