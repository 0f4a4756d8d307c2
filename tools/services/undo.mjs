/** Runs `work` and then `undo`, which also runs when this process exits in the midst of the work. */
export async function thenUndo(undo, work) {
  process.once('exit', undo);
  try {
    return await work();
  } finally {
    process.off('exit', undo);
    undo();
  }
}
