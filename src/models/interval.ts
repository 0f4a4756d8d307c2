/** From `low` to `high`, in the unit of what it bounds. */
export type Interval = { readonly low: number; readonly high: number };
