/** The server said something that cannot be true: no figure of such a run is worth anything. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer'
}
