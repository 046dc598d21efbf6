/**
 * The floor: a bare grpc-js server whose unary method does nothing but answer
 * bytes of a given length, under the path of Resolve.
 *
 *   node dist/loadtest/scripts/echo-server.js --bytes 80
 */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import { ResolutionServiceService } from '../../daemon/generated/xpool/v1/resolution.js'
import { numbersFrom, say } from './script-options.js'

const { bytes } = numbersFrom({ bytes: 80 })
const same = (message: Buffer): Buffer => message
const answer = Buffer.alloc(bytes, 1)

const server = new Server()
server.addService(
  {
    resolve: {
      path: ResolutionServiceService.resolve.path,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  },
  { resolve: (_call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => done(null, answer) },
)
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  say(`echo ready grpc=127.0.0.1:${port}`)
})
process.once('SIGTERM', () => server.tryShutdown(() => undefined))
