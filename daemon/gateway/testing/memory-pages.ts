/** A journal of whole pages in memory, as gateways read one. */
export class MemoryPages<Page extends { readonly seq: number }> {
  readonly #pages: Page[] = []
  #seen = 0

  append(page: Omit<Page, 'seq'>): void {
    this.#pages.push({ ...page, seq: this.#pages.length + 1 } as Page)
  }

  refresh(): void {
    this.#seen = this.#pages.length
  }

  head(): number {
    return this.#seen
  }

  first(): number {
    return 1
  }

  pages(fromSeq: number, limit: number): Page[] {
    return this.#pages.slice(fromSeq - 1, Math.min(this.#seen, fromSeq - 1 + limit))
  }
}
