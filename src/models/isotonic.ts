/**
 * The non-decreasing sequence closest to `values` in weighted least squares, by pooling adjacent violators (R. Barlow,
 * D. Bartholomew, J. Bremner, H. Brunk, Statistical Inference under Order Restrictions, 1972). Values that were pooled
 * are equal. Throws a RangeError when lengths differ, a value is not finite, or a weight is not above zero.
 */
export function isotonic(values: readonly number[], weights: readonly number[]): number[] {
  if (values.length !== weights.length) throw new RangeError('values and weights differ in length');
  if (!values.every(Number.isFinite)) throw new RangeError('values must be finite');
  if (!weights.every((weight) => weight > 0 && Number.isFinite(weight)))
    throw new RangeError('weights must be above zero');
  const blocks: { mean: number; weight: number; size: number }[] = [];
  values.forEach((value, i) => {
    let block = { mean: value, weight: weights[i] as number, size: 1 };
    for (let before = blocks.at(-1); before && before.mean >= block.mean; before = blocks.at(-1)) {
      blocks.pop();
      const weight = before.weight + block.weight;
      const mean = (before.mean * before.weight + block.mean * block.weight) / weight;
      block = { mean, weight, size: before.size + block.size };
    }
    blocks.push(block);
  });
  return blocks.flatMap(({ mean, size }) => new Array<number>(size).fill(mean));
}
