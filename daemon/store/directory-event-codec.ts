/**
 * An event of the directory as the journal keeps it.
 *
 *   | length of head u32 | head, JSON | keys, packed | ordinals, u32 each |
 *
 * The head holds the fields that are not lists of keys. Numbers and ordinals,
 * or the keys of bans, follow for the kinds that have them.
 */
import {
  banFields,
  fromJsonBytes,
  partFields,
  poolFields,
  tenantFields,
  toJsonBytes,
} from './directory-entity-codec.js'
import type { DirectoryEvent, Part } from './directory-event.js'
import { numberKeyBytes } from './directory-number-key.js'
import { viewOf } from './directory-tables.js'

const lengthBytes = 4
const ordinalBytes = 4

/** From equal events equal bytes. */
export function encodeDirectoryEvent(event: DirectoryEvent): Uint8Array {
  switch (event.type) {
    case 'tenant':
      return assemble({ type: event.type, tenant: tenantFields(event.tenant) })
    case 'pool':
      return assemble({ type: event.type, pool: poolFields(event.pool) })
    case 'part-begun':
      return assemble({ type: event.type, part: partFields(event.part) })
    case 'ban':
      return assemble({ ...event, ban: banFields(event.ban) })
    case 'numbers':
    case 'bans-dropped': {
      const { keys, ...head } = event
      return assemble(head, keys)
    }
    case 'number-states':
    case 'numbers-gone': {
      const { keys, ordinals, ...head } = event
      return assemble(head, keys, ordinals)
    }
    default:
      return assemble(event)
  }
}

const noKeys = new Uint8Array()
const noOrdinals = new Uint32Array()

function assemble(head: object, keys: Uint8Array = noKeys, ordinals: Uint32Array = noOrdinals): Uint8Array {
  const json = toJsonBytes(head)
  const bytes = new Uint8Array(lengthBytes + json.byteLength + keys.byteLength + ordinals.length * ordinalBytes)
  const view = viewOf(bytes)
  view.setUint32(0, json.byteLength)
  bytes.set(json, lengthBytes)
  let at = lengthBytes + json.byteLength
  bytes.set(keys, at)
  at += keys.byteLength
  for (const ordinal of ordinals) {
    view.setUint32(at, ordinal)
    at += ordinalBytes
  }
  return bytes
}

/** Bytes that the page's hash has vouched for; lists of numbers are views of them. */
export function decodeDirectoryEvent(bytes: Uint8Array): DirectoryEvent {
  const headEnd = lengthBytes + viewOf(bytes).getUint32(0)
  const head = fromJsonBytes(bytes.subarray(lengthBytes, headEnd)) as DirectoryEvent
  const rest = bytes.subarray(headEnd)
  switch (head.type) {
    case 'tenant':
      return { type: 'tenant', tenant: tenantFields(head.tenant) }
    case 'pool':
      return { type: 'pool', pool: poolFields(head.pool) }
    case 'part-begun':
      return { type: 'part-begun', part: partFields(head.part as Part) }
    case 'ban':
      return { ...head, ban: banFields(head.ban) }
    case 'numbers':
    case 'bans-dropped':
      return { ...head, keys: rest }
    case 'number-states':
    case 'numbers-gone':
      return { ...head, ...splitStates(rest) }
    default:
      return head
  }
}

function splitStates(rest: Uint8Array): { keys: Uint8Array; ordinals: Uint32Array } {
  const count = rest.byteLength / (numberKeyBytes + ordinalBytes)
  const keys = rest.subarray(0, count * numberKeyBytes)
  const view = viewOf(rest.subarray(keys.byteLength))
  return { keys, ordinals: Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * ordinalBytes)) }
}
