/** A unary call as a promise. Without a deadline: the run has one, and a timer per call is a cost of its own. */
import { type ServiceError, status } from '@grpc/grpc-js'
import { ErrorInfo } from '../daemon/generated/google/rpc/error_details.js'
import { Status } from '../daemon/generated/google/rpc/status.js'

export function call<Request, Response>(
  method: (request: Request, callback: (error: ServiceError | null, response: Response) => void) => unknown,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    method(request, (error, response) => {
      if (error === null) resolve(response)
      else reject(error)
    })
  })
}

/** UPPER_SNAKE_CASE reason of an error's ErrorInfo, else its status code. */
export function reasonOf(error: ServiceError): string {
  const details = error.metadata?.get('grpc-status-details-bin')[0]
  const packed = details instanceof Uint8Array ? Status.decode(details).details : []
  const info = packed.find((one) => one.typeUrl.endsWith('/google.rpc.ErrorInfo'))
  return info === undefined ? `CODE_${error.code}` : ErrorInfo.decode(info.value).reason
}

/** The reason of a refusal. @throws what is none: a fault of ours, or a connection that broke */
export function refusalOf(error: unknown): string {
  if (!isServiceError(error)) throw error
  const reason = reasonOf(error)
  // Without details it was not the daemon that spoke.
  if (reason === `CODE_${status.UNAVAILABLE}`) throw error
  return reason
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}
