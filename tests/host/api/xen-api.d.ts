/* The part of npm xen-api (the client of Xen Orchestra) that our tests use; it comes without types. */
declare module 'xen-api' {
  export interface XenApi {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    readonly objectsFetched: Promise<void>;
    readonly objects: { all: Readonly<Record<string, { $ref: string; $type: string; [field: string]: unknown }>>; on(event: string, listener: (changed: Readonly<Record<string, unknown>>) => void): void };
    readonly pool: { $ref: string };
    getObjectByRef(ref: string): { [field: string]: unknown };
    call(method: string, ...args: unknown[]): Promise<unknown>;
    callAsync(method: string, ...args: unknown[]): Promise<unknown>;
    setField(type: string, ref: string, field: string, value: unknown): Promise<unknown>;
    setFieldEntry(type: string, ref: string, field: string, key: string, value: unknown): Promise<void>;
    barrier(ref?: string): Promise<unknown>;
  }
  export function createClient(options: { url: string; allowUnauthorized: boolean; auth: { user: string; password: string }; transport?: string; debounce?: number }): XenApi;
}
