/** How the directory says no: an answer that names the field by its proto name. */
import type { DirectoryAnswer, DirectoryRefusalReason } from './commands.js'

export type DirectoryRefusal = Extract<DirectoryAnswer, { ok: false }>

/** @param field the proto name of the field at fault, where one is */
export function refuse(
  reason: DirectoryRefusalReason,
  message: string,
  field?: string,
  metadata?: Readonly<Record<string, string>>,
): DirectoryRefusal {
  return {
    ok: false,
    reason,
    message,
    ...(field === undefined ? {} : { field }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** Narrows a value that is either what was wanted or a refusal. */
export function isRefusal(value: unknown): value is DirectoryRefusal {
  return typeof value === 'object' && value !== null && 'ok' in value && value.ok === false
}
