/* A console as a video: what its canvas shows, as it comes. */

const FRAMES_PER_S = 15;
const PIECE_MS = 1_000;
/** Beyond it the recording ends by itself: it is held in memory. */
export const VIDEO_MAX_BYTES = 512 * 1024 * 1024;

export interface Recording { stop(): void }

/** `onDone` gets the video, also when it ended by itself; undefined: nothing was recorded. */
export const record = (canvas: HTMLCanvasElement, onDone: (video: Blob | undefined) => void): Recording => {
  const recorder = new MediaRecorder(canvas.captureStream(FRAMES_PER_S), { mimeType: 'video/webm' });
  const pieces: Blob[] = [];
  let bytes = 0;
  const stop = (): void => { if (recorder.state !== 'inactive') recorder.stop(); };
  recorder.addEventListener('dataavailable', ({ data }) => {
    if (data.size > 0) pieces.push(data);
    bytes += data.size;
    if (bytes > VIDEO_MAX_BYTES) stop();
  });
  recorder.addEventListener('stop', () => { onDone(pieces.length > 0 ? new Blob(pieces, { type: 'video/webm' }) : undefined); }, { once: true });
  recorder.start(PIECE_MS);
  return { stop };
};
