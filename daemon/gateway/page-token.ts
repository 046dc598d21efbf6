/**
 * Where a list goes on, opaque to clients: base64url of `1:list:part:part...`.
 * The version and the list's name let a token of another list, or of another
 * release, be refused instead of misread.
 */
import { bounds } from './bounds.js'
import type { Check } from './check.js'

const version = '1'

export type List = 'bindings' | 'tenants' | 'pools' | 'numbers' | 'bans'

export function writePageToken(list: List, parts: readonly (string | number)[]): string {
  return Buffer.from([version, list, ...parts].join(':')).toString('base64url')
}

/** The parts of a token of this list that `pattern` fits, undefined for the first page; anything else is a fault. */
export function readPageToken(check: Check, list: List, token: string, pattern: RegExp): string[] | undefined {
  if (token === '') return undefined
  const text = token.length > bounds.pageTokenBytes ? '' : Buffer.from(token, 'base64url').toString()
  const prefix = `${version}:${list}:`
  const rest = text.slice(prefix.length)
  if (text.startsWith(prefix) && pattern.test(rest)) return rest.split(':')
  check.refuse('INVALID_PAGE_TOKEN', 'page_token', 'page_token is none that this list gave out')
  return undefined
}

/** 0 is the default. */
export function readPageSize(check: Check, pageSize: number): number {
  if (pageSize === 0) return bounds.pageSizeDefault
  return check.integer('page_size', pageSize, 1, bounds.pageSizeMax, 'INVALID_PAGE_SIZE')
}
