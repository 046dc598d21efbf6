/** Bytes of a journal that no writer of ours made. The store turns it into CorruptRecord, with the place. */
export class UnreadableBytes extends Error {
  override readonly name = 'UnreadableBytes'
}
