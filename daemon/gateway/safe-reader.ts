/**
 * Reads protobuf as the generated code does, but for two things: an integer
 * beyond 2^53 becomes NaN instead of an exception, so that validation can name
 * its field; and a string that is not UTF-8 is a fault instead of being altered.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire'

const greatest = BigInt(Number.MAX_SAFE_INTEGER)

export class SafeReader extends BinaryReader {
  override int64(): bigint | string {
    return safe(super.int64())
  }

  override uint64(): bigint | string {
    return safe(super.uint64())
  }

  override string(): string {
    return super.string(true)
  }
}

/** The generated code makes a number of what this returns by its text: "NaN" becomes NaN. */
function safe(value: bigint | string): bigint | string {
  const whole = BigInt(value)
  return whole > greatest || whole < -greatest ? 'NaN' : value
}
