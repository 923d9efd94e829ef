/* The part of noVNC that we use; it brings no types. */
declare module '@novnc/novnc' {
  /** What noVNC takes in place of a WebSocket. */
  export interface RfbRawChannel {
    binaryType: string;
    readonly protocol: string;
    readonly readyState: 'connecting' | 'open' | 'closing' | 'closed';
    onopen: (() => void) | null;
    onmessage: ((event: { data: ArrayBuffer }) => void) | null;
    onclose: ((event: { code: number; reason: string }) => void) | null;
    onerror: ((event: unknown) => void) | null;
    send(data: Uint8Array): void;
    close(): void;
  }
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: RfbRawChannel, options?: { shared?: boolean });
    scaleViewport: boolean;
    resizeSession: boolean;
    viewOnly: boolean;
    focusOnClick: boolean;
    background: string;
    /** 0 to 9. */
    qualityLevel: number;
    compressionLevel: number;
    disconnect(): void;
    focus(options?: FocusOptions): void;
    blur(): void;
    sendKey(keysym: number, code: string, down: boolean): void;
    clipboardPasteFrom(text: string): void;
    toDataURL(type?: string): string;
    toBlob(take: (blob: Blob | null) => void, type?: string): void;
  }
}
