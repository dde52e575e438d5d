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

export interface CertificateOptions {
  /** The names and addresses in the certificate. @default - those of this machine */
  readonly names?: string
  /** How long the certificate lasts. A certificate with a negative number has expired. @default 1 */
  readonly days?: number
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout']

/**
 * Creates a certificate authority and, signed by it, the certificate of a server on this machine. Both last a day.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await mkdir(folder)
  const caSubject = ['-subj', '/CN=batchquery test authority', '-days', '1']
  await run('openssl', ['req', '-x509', ...NEW_KEY, 'ca.key', '-out', 'ca.pem', ...caSubject], {
    cwd: folder,
  })
  await signCertificate(folder, 'server')
  const path = (name: string) => join(folder, name)
  return { folder, caFile: path('ca.pem'), certFile: path('server.pem'), keyFile: path('server.key') }
}

/** Another certificate of the authority in the folder: `<name>.pem`, with its key `<name>.key`. */
export async function signCertificate(
  folder: string,
  name: string,
  { names = 'DNS:localhost, IP:127.0.0.1', days = 1 }: CertificateOptions = {},
): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  await writeFile(join(folder, `${name}.ext`), `subjectAltName = ${names}\n`)
  await openssl('req', '-new', ...NEW_KEY, `${name}.key`, '-out', `${name}.csr`, '-subj', '/CN=localhost')
  const signedByCa = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`]
  await openssl(
    ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', String(days)],
    ...signedByCa,
  )
}

/** A self-signed certificate: `<name>.pem`, with its key `<name>.key`. */
export async function selfSignCertificate(folder: string, name: string): Promise<void> {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName = DNS:localhost', '-days', '1']
  const out = ['-out', `${name}.pem`]
  await run('openssl', ['req', '-x509', ...NEW_KEY, `${name}.key`, ...out, ...subject], { cwd: folder })
}
