/**
 * A small server of the same services, in memory, for the tests of the load
 * test itself: it answers rightly, or wrongly where a test asks for it.
 */
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { ErrorInfo } from '../daemon/generated/google/rpc/error_details.js'
import { Status } from '../daemon/generated/google/rpc/status.js'
import { AdministrationServiceService } from '../daemon/generated/xpool/v1/administration.js'
import {
  type AllocateRequest,
  type AllocateStreamItem,
  type AllocateStreamRequest,
  type AllocateStreamResponse,
  type AllocateStreamResult,
  AllocationServiceService,
  type ReleaseRequest,
} from '../daemon/generated/xpool/v1/allocation.js'
import {
  Outcome,
  Reason,
  ReportCallResponse,
  type ReportCallStreamRequest,
  type ReportCallStreamResponse,
  ResolutionServiceService,
  type ResolveRequest,
  ResolveResponse,
  type ResolveStreamRequest,
  type ResolveStreamResponse,
} from '../daemon/generated/xpool/v1/resolution.js'
import { Binding, type ItemError } from '../daemon/generated/xpool/v1/types.js'

export interface Faults {
  /** Every so many answers the callee is somebody else. */
  readonly wrongCalleeEvery?: number
  /** So many allocations are granted, all after them refused. */
  readonly grants?: number
  /** Stands still once, so long after its first Resolve, for so long. */
  readonly stall?: { readonly afterMs: number; readonly forMs: number }
  /** Answers nothing on ResolveStream: ends it. */
  readonly endsResolveStreams?: boolean
}

export class FakeServer {
  readonly #server = new Server()
  readonly #faults: Faults
  /** By number and caller. */
  readonly #routes = new Map<string, { callee: string; id: string }>()
  readonly #bindings = new Map<string, AllocateRequest & { x: string }>()
  readonly #blocks: { first: string; count: number }[] = []
  #allocations = 0
  #firstAt: number | undefined
  #answers = 0
  address = ''

  constructor(faults: Faults = {}) {
    this.#faults = faults
    const administration: Record<string, handleUnaryCall<never, object>> = {
      createTenant: (_call, answer) => answer(null, {}),
      createPool: (_call, answer) => answer(null, {}),
      addNumbers: ((call: { request: { blocks: { first: string; count: number }[] } }, answer: Answer) => {
        this.#blocks.push(...call.request.blocks)
        answer(null, { added: 0, live: 0 })
      }) as unknown as handleUnaryCall<never, object>,
    }
    this.#server.addService(AdministrationServiceService, administration as UntypedServiceImplementation)
    this.#server.addService(AllocationServiceService, this.#allocation())
    this.#server.addService(ResolutionServiceService, this.#resolution())
  }

  async start(): Promise<this> {
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound)
        else reject(error)
      })
    })
    this.address = `127.0.0.1:${port}`
    return this
  }

  stop(): void {
    this.#server.forceShutdown()
  }

  get live(): number {
    return this.#bindings.size
  }

  #allocation(): UntypedServiceImplementation {
    return {
      allocate: (call: { request: AllocateRequest }, answer: Answer) => {
        const result = this.#allocate(call.request)
        if (result?.$case === 'error') answer({ code: result.value.code, metadata: detailsOf(result.value) })
        else answer(null, result?.value)
      },
      release: (call: { request: ReleaseRequest }, answer: Answer) => answer(null, this.#release(call.request)),
      allocateStream: (call: ServerDuplexStream<AllocateStreamRequest, AllocateStreamResponse>) => {
        call.on('data', (batch: AllocateStreamRequest) => {
          call.write({ batchId: batch.batchId, results: batch.items.map((item) => ({ result: this.#item(item) })) })
        })
        call.on('end', () => call.end())
      },
    } as unknown as UntypedServiceImplementation
  }

  #resolution(): UntypedServiceImplementation {
    return {
      resolve: (call: { request: ResolveRequest }, answer: Answer) => {
        // Whatever arrives while the server stands still is answered when it goes on.
        const response = this.#resolve(call.request)
        const stillMs = this.#stillMs()
        if (stillMs === 0) answer(null, response)
        else setTimeout(() => answer(null, response), stillMs)
      },
      reportCall: (_call: unknown, answer: Answer) => answer(null, ReportCallResponse.decode(new Uint8Array())),
      reportCallStream: (call: ServerDuplexStream<ReportCallStreamRequest, ReportCallStreamResponse>) => {
        call.on('data', (batch: ReportCallStreamRequest) => {
          const value = ReportCallResponse.decode(new Uint8Array())
          call.write({
            batchId: batch.batchId,
            results: batch.reports.map(() => ({ result: { $case: 'reported', value } })),
          })
        })
        call.on('end', () => call.end())
      },
      resolveStream: (call: ServerDuplexStream<ResolveStreamRequest, ResolveStreamResponse>) => {
        if (this.#faults.endsResolveStreams === true) {
          call.end()
          return
        }
        call.on('data', (batch: ResolveStreamRequest) => {
          call.write({ batchId: batch.batchId, responses: batch.requests.map((one) => this.#resolve(one)) })
        })
        call.on('end', () => call.end())
      },
    } as unknown as UntypedServiceImplementation
  }

  #stillMs(): number {
    const { stall } = this.#faults
    if (stall === undefined) return 0
    const now = performance.now()
    this.#firstAt ??= now
    const from = this.#firstAt + stall.afterMs
    return now >= from && now < from + stall.forMs ? from + stall.forMs - now : 0
  }

  #item({ command }: AllocateStreamItem): AllocateStreamResult['result'] {
    if (command?.$case === 'allocate') return this.#allocate(command.value)
    if (command?.$case === 'release') return { $case: 'released', value: this.#release(command.value) }
    throw new Error('an item of another kind')
  }

  #allocate(request: AllocateRequest): AllocateStreamResult['result'] {
    this.#allocations += 1
    if (this.#allocations > (this.#faults.grants ?? Number.POSITIVE_INFINITY)) {
      return { $case: 'error', value: { code: 8, reason: 'POOL_EXHAUSTED', message: 'none left', metadata: {} } }
    }
    const id = String(this.#allocations).padStart(13, '0')
    // A number each: no two bindings share one, so none can be in the other's way.
    const x = String(BigInt(this.#blocks[0]!.first) + BigInt(this.#allocations))
    this.#routes.set(`${x} ${request.a!.number}`, { callee: request.b!.number, id })
    this.#routes.set(`${x} ${request.b!.number}`, { callee: request.a!.number, id })
    this.#bindings.set(id, { ...request, x })
    const binding = { ...emptyBinding, bindingId: id, number: x, a: request.a, b: request.b }
    return { $case: 'allocated', value: { binding, replayed: false, position: Buffer.alloc(0) } }
  }

  #release(request: ReleaseRequest) {
    const known = this.#bindings.get(request.bindingId)
    if (known !== undefined) {
      this.#bindings.delete(request.bindingId)
      this.#routes.delete(`${known.x} ${known.a!.number}`)
      this.#routes.delete(`${known.x} ${known.b!.number}`)
    }
    return { binding: { ...emptyBinding, bindingId: request.bindingId }, position: Buffer.alloc(0) }
  }

  #resolve(request: ResolveRequest): ResolveResponse {
    this.#answers += 1
    const route = this.#routes.get(`${request.number} ${request.caller}`)
    const blank = ResolveResponse.decode(new Uint8Array())
    if (route === undefined) return { ...blank, outcome: Outcome.OUTCOME_REJECT, reason: Reason.REASON_NO_BINDING }
    const every = this.#faults.wrongCalleeEvery
    const callee = every !== undefined && this.#answers % every === 0 ? '13999999999' : route.callee
    return { ...blank, outcome: Outcome.OUTCOME_CONNECT, callee, display: request.number, bindingId: route.id }
  }
}

type Answer = (error: { code: number; metadata: Metadata } | null, value?: object) => void

const emptyBinding: Binding = Binding.decode(new Uint8Array())

/** As the daemon says it: a google.rpc.Status with an ErrorInfo packed in. */
function detailsOf({ code, reason, message }: ItemError): Metadata {
  const info = ErrorInfo.encode({ reason, domain: 'xpool', metadata: {} }).finish()
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from(info) }]
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode({ code, message, details }).finish()))
  return metadata
}
