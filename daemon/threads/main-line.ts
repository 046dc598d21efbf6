/** A thread's line to the main thread: questions with answers, and the control messages that come in. */
import { parentPort } from 'node:worker_threads'
import type { FromThread, MainAnswer, MainQuestion, ToThread } from './control.js'

type Control = Exclude<ToThread, { type: 'answer' }>

export class MainLine {
  readonly #answers = new Map<number, (answer: MainAnswer) => void>()
  #lastId = 0

  constructor(take: (message: Control) => void) {
    parentPort!.on('message', (message: ToThread) => {
      if (message.type !== 'answer') return take(message)
      this.#answers.get(message.id)?.(message.answer)
      this.#answers.delete(message.id)
    })
  }

  tell(message: FromThread): void {
    parentPort!.postMessage(message)
  }

  /** Throws what the main thread failed with. */
  async ask(question: MainQuestion): Promise<MainAnswer> {
    this.#lastId += 1
    const id = this.#lastId
    const answer = await new Promise<MainAnswer>((resolve) => {
      this.#answers.set(id, resolve)
      this.tell({ type: 'ask', id, question })
    })
    if (answer.type === 'failed') throw new Error(answer.message)
    return answer
  }

  /** No more messages: the thread may end. */
  close(): void {
    parentPort!.close()
  }
}
