/** The version of this package. */
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

const { version: own } = JSON.parse(readFileSync(findPackageJSON('..', import.meta.url)!, 'utf8')) as {
  version: string
}

export const version: string = own
