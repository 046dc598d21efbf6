/**
 * Batches over one bidi stream: answers come as they are ready and are matched
 * by batch id. Callers bound what is in flight by awaiting their own answers.
 */
import type { ClientDuplexStream } from '@grpc/grpc-js'

interface Numbered {
  readonly batchId: number
}

interface Waiter<Response> {
  resolve(response: Response): void
  reject(error: Error): void
}

export class BatchStream<Request extends Numbered, Response extends Numbered> {
  readonly #stream: ClientDuplexStream<Request, Response>
  readonly #waiting = new Map<number, Waiter<Response>>()
  #nextId = 1
  #closed: Error | undefined
  #drained: Promise<void> | undefined

  constructor(stream: ClientDuplexStream<Request, Response>) {
    this.#stream = stream
    stream.on('data', (response: Response) => this.#answer(response))
    stream.on('error', (error: Error) => this.#fail(error))
    stream.on('end', () => this.#fail(new Error('the server ended the stream')))
  }

  /** @throws when the stream fails or ends before the answer */
  async send(make: (batchId: number) => Request): Promise<Response> {
    // A full socket buffer is waited for here: write() would otherwise queue without a bound.
    while (this.#drained !== undefined) await this.#drained
    if (this.#closed !== undefined) throw this.#closed
    const batchId = this.#nextId
    this.#nextId += 1
    const answer = new Promise<Response>((resolve, reject) => this.#waiting.set(batchId, { resolve, reject }))
    if (!this.#stream.write(make(batchId))) this.#waitForDrain()
    return answer
  }

  end(): void {
    this.#closed ??= new Error('the stream was ended')
    this.#stream.end()
  }

  #waitForDrain(): void {
    this.#drained ??= new Promise((resolve) => {
      const go = () => {
        this.#drained = undefined
        this.#stream.off('drain', go)
        this.#stream.off('close', go)
        resolve()
      }
      this.#stream.on('drain', go)
      this.#stream.on('close', go)
    })
  }

  #answer(response: Response): void {
    const waiter = this.#waiting.get(response.batchId)
    if (waiter === undefined) {
      this.#fail(new Error(`an answer to batch ${response.batchId}, which nobody asked`))
      return
    }
    this.#waiting.delete(response.batchId)
    waiter.resolve(response)
  }

  #fail(error: Error): void {
    this.#closed ??= error
    for (const waiter of this.#waiting.values()) waiter.reject(error)
    this.#waiting.clear()
  }
}
