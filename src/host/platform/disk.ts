/* What an image shows, opened: bytes at places, and where there are any. Whoever opens it has it alone until close(). */

export interface Extent { offset: number; length: number }

export interface OpenDisk {
  readonly sizeBytes: number;
  /** Where it may hold something else than zeros, in order, as far as the image itself knows. */
  data(): AsyncIterable<Extent>;
  /** Fills the target. Several at once are answered in any order. */
  read(offset: number, target: Buffer): Promise<void>;
  write(offset: number, bytes: Buffer): Promise<void>;
  /** Makes a part zero without writing it, where the image can. */
  zero(offset: number, length: number): Promise<void>;
  /** What was written is safe when this resolves. */
  flush(): Promise<void>;
  /** Resolves when nobody has the image open any more. */
  close(): Promise<void>;
}
