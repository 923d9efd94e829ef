/** What starts something returns what stops it. */
export interface Disposable { dispose(): void }

/** One kind of announcement, any number of listeners. A listener that throws does not stop the others. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void = error => { void Promise.reject(error instanceof Error ? error : new Error(String(error))); }) {
    this.#onListenerError = onListenerError;
  }

  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => { this.#listeners.delete(listener); } };
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try { listener(value); } catch (error) { this.#onListenerError(error); }
    }
  }
}
