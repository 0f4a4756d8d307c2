/** Calls `wake` once `seconds` have passed, not sooner; the result calls that off. */
export function after(seconds: number, wake: () => void): () => void {
  const wakeAt = performance.now() + seconds * 1000;
  let timer = setTimeout(check, seconds * 1000);
  return () => clearTimeout(timer);

  function check(): void {
    // The host's timers count whole milliseconds and may go off in the one before.
    const left = wakeAt - performance.now();
    if (left > 0) timer = setTimeout(check, left);
    else wake();
  }
}
