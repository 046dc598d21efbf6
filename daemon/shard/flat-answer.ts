/** Answers laid flat (flat.ts), and read back as they were. */
import type { Outcome, Refusal } from '../core/commands.js'
import type { FlatReader, FlatWriter } from './flat.js'
import { readBinding, writeBinding } from './flat-binding.js'
import type { ShardAnswer } from './shard-client.js'

const granted = 1
const refused = 2
const faulted = 3

/** Lays the answer to the command `id` flat. */
export function writeAnswer(out: FlatWriter, id: number, answer: ShardAnswer): void {
  out.number(id)
  if (answer.kind === 'fault') {
    out.number(faulted)
    out.text(answer.fault)
    out.text(answer.message)
    out.number(answer.retryAfterMs)
    return
  }
  const { outcome, position } = answer
  out.number(outcome.ok ? granted : refused)
  out.number(position)
  if (outcome.ok) {
    out.number(outcome.seq)
    out.flag(outcome.replayed)
    out.optionalFlag(outcome.recorded)
    out.flag(answer.binding !== undefined)
    if (answer.binding !== undefined) writeBinding(out, answer.binding)
  } else {
    writeRefusal(out, outcome.refusal)
  }
}

export function readAnswer(from: FlatReader): { readonly id: number; readonly answer: ShardAnswer } {
  const id = from.number()
  return { id, answer: readBody(from) }
}

function readBody(from: FlatReader): ShardAnswer {
  const kind = from.number()
  switch (kind) {
    case granted:
      return readGranted(from)
    case refused:
      return { kind: 'decided', position: from.number(), outcome: { ok: false, refusal: readRefusal(from) } }
    case faulted: {
      const fault = from.text() as Extract<ShardAnswer, { kind: 'fault' }>['fault']
      return { kind: 'fault', fault, message: from.text(), retryAfterMs: from.number() }
    }
    default:
      throw new RangeError(`${kind} is no kind of answer`)
  }
}

function readGranted(from: FlatReader): ShardAnswer {
  const position = from.number()
  const seq = from.number()
  const replayed = from.flag()
  const recorded = from.optionalFlag()
  const outcome: Outcome = recorded === undefined ? { ok: true, seq, replayed } : { ok: true, seq, replayed, recorded }
  return { kind: 'decided', outcome, position, binding: from.flag() ? readBinding(from) : undefined }
}

function writeRefusal(out: FlatWriter, { reason, message, field, retryAtMs, metadata }: Refusal): void {
  out.text(reason)
  out.text(message)
  out.optionalText(field)
  out.optional(retryAtMs)
  const entries = metadata === undefined ? undefined : Object.entries(metadata)
  out.optional(entries?.length)
  for (const [key, value] of entries ?? []) {
    out.text(key)
    out.text(value)
  }
}

function readRefusal(from: FlatReader): Refusal {
  const reason = from.text() as Refusal['reason']
  const message = from.text()
  const field = from.optionalText()
  const retryAtMs = from.optional()
  const metadata = readMetadata(from)
  return {
    reason,
    message,
    ...(field === undefined ? {} : { field }),
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

function readMetadata(from: FlatReader): Refusal['metadata'] {
  const entries = from.optional()
  if (entries === undefined) return undefined
  return Object.fromEntries(Array.from({ length: entries }, () => [from.text(), from.text()]))
}
