/** Gathers frames into messages for one audience, each with the token behind its last event. */
import { bounds } from '../bounds.js'
import type { Cursor } from './cursor.js'
import { writeResumeToken } from './resume-token.js'
import { type Frame, tokenFrame } from './watch-item.js'

/** One message, however many readers it waits for. */
export interface Message {
  readonly bytes: Buffer
  readonly events: number
  /** Queues that it stands in: its bytes are held once. */
  queues: number
}

export type SendMessage = (message: Message) => void

export class MessageBuilder {
  readonly #send: SendMessage
  #frames: Buffer[] = []
  #bytes = 0
  #events = 0

  constructor(send: SendMessage) {
    this.#send = send
  }

  get isEmpty(): boolean {
    return this.#events === 0
  }

  /** @param before where the reader stands right before the frame's item */
  add(frame: Frame, before: Cursor): void {
    const full =
      this.#bytes + frame.bytes.length > bounds.watchMessageBytes || this.#events >= bounds.watchMessageEvents
    if (full && !this.isEmpty) this.flush(writeResumeToken(before))
    this.#frames.push(frame.bytes)
    this.#bytes += frame.bytes.length
    this.#events += frame.events
  }

  /** Sends what is gathered, with the token behind it; without events, the token alone. */
  flush(resumeToken: string): void {
    const bytes = Buffer.concat([...this.#frames, tokenFrame(resumeToken)])
    const message: Message = { bytes, events: this.#events, queues: 0 }
    this.#frames = []
    this.#bytes = 0
    this.#events = 0
    this.#send(message)
  }
}
