/**
 * Resolve on the wire, written and checked by hand: a Node client tires before
 * the daemon does, and most of what it could save is objects that nobody looks
 * at. An answer that is as due is recognised in its bytes, all of it that the
 * ledger knows; any other is decoded and judged with words.
 *
 *   request   0a len number  12 len caller  20 01
 *   batch     08 id  ( 12 len request )*
 */
import { Outcome, ResolveResponse } from '../daemon/generated/xpool/v1/resolution.js'
import { calleeOf, callerOf, type Question } from './workloads/questions.js'

/** Field numbers shifted by three, with the wire type. */
const tag = { number: 0x0a, caller: 0x12, media: 0x20, batchId: 0x08, item: 0x12 } as const
const answerTag = { outcome: 0x08, callee: 0x1a, display: 0x22, bindingId: 0x2a } as const
const fieldsChecked = Object.keys(answerTag).length
/** MEDIA_VOICE. */
const voice = 1

/** Tags, lengths and the medium of a request beside its digits. */
const requestFrameBytes = 6
/** Tag and length of an item: a request is far shorter than 128 bytes. */
const itemFrameBytes = 2
/** Tag and varint of a batch's id. */
const batchFrameBytes = 11

export function encodeQuestion(question: Question): Buffer {
  const bytes = Buffer.allocUnsafe(questionBytes(question))
  writeQuestion(bytes, 0, question)
  return bytes
}

function questionBytes(question: Question): number {
  return requestFrameBytes + question.binding.x.length + callerOf(question).length
}

function writeQuestion(into: Buffer, from: number, question: Question): number {
  let at = writeDigits(into, from, tag.number, question.binding.x)
  at = writeDigits(into, at, tag.caller, callerOf(question))
  into[at] = tag.media
  into[at + 1] = voice
  return at + 2
}

function writeDigits(into: Buffer, at: number, field: number, digits: string): number {
  into[at] = field
  into[at + 1] = digits.length
  return at + 2 + into.write(digits, at + 2, 'latin1')
}

export interface QuestionBatch {
  readonly batchId: number
  readonly asked: readonly Question[]
}

export function encodeBatch({ batchId, asked }: QuestionBatch): Buffer {
  let size = batchFrameBytes
  for (const question of asked) size += itemFrameBytes + questionBytes(question)
  const bytes = Buffer.allocUnsafe(size)
  bytes[0] = tag.batchId
  let at = writeVarint(bytes, 1, batchId)
  for (const question of asked) {
    bytes[at] = tag.item
    bytes[at + 1] = questionBytes(question)
    at = writeQuestion(bytes, at + itemFrameBytes, question)
  }
  return bytes.subarray(0, at)
}

function writeVarint(into: Buffer, from: number, value: number): number {
  let at = from
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into[at++] = (rest % 0x80) | 0x80
  into[at] = rest
  return at + 1
}

/** The bytes of an answer, or of one among many. */
export interface Slice {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
}

export interface AnswerBatch {
  readonly batchId: number
  readonly answers: readonly Slice[]
}

/** Cuts a batch into its answers. @throws when the bytes are not what a batch of answers is */
export function cutBatch(bytes: Buffer): AnswerBatch {
  const cursor = { at: 0 }
  let batchId = 0
  const answers: Slice[] = []
  while (cursor.at < bytes.length) {
    const field = bytes[cursor.at++]
    if (field === tag.batchId) batchId = readVarint(bytes, cursor)
    else if (field === tag.item) {
      const length = readVarint(bytes, cursor)
      answers.push({ bytes, from: cursor.at, to: cursor.at + length })
      cursor.at += length
    } else throw new Error(`a batch of answers with a field ${field}`)
  }
  return { batchId, answers }
}

function readVarint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0
  for (let scale = 1; ; scale *= 0x80) {
    const byte = bytes[cursor.at++] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
}

/** Whether a live binding's party is put through to the other one, who sees the proxy number. */
export function isConnected({ bytes, from, to }: Slice, question: Question): boolean {
  const { binding } = question
  const cursor = { at: from }
  let right = 0
  while (cursor.at < to) {
    const field = bytes[cursor.at++]!
    if (field === answerTag.outcome) right += bytes[cursor.at++] === Outcome.OUTCOME_CONNECT ? 1 : 0
    else if ((field & 7) === 0) readVarint(bytes, cursor)
    else if ((field & 7) === 2) {
      const length = readVarint(bytes, cursor)
      if (field === answerTag.callee) right += isText(bytes, cursor.at, length, calleeOf(question)) ? 1 : 0
      if (field === answerTag.display) right += isText(bytes, cursor.at, length, binding.x) ? 1 : 0
      if (field === answerTag.bindingId) right += isText(bytes, cursor.at, length, binding.id) ? 1 : 0
      cursor.at += length
    } else return false
  }
  return right === fieldsChecked
}

function isText(bytes: Buffer, at: number, length: number, text: string): boolean {
  if (length !== text.length) return false
  for (let i = 0; i < length; i += 1) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

export function decodeAnswer({ bytes, from, to }: Slice): ResolveResponse {
  return ResolveResponse.decode(bytes.subarray(from, to))
}
