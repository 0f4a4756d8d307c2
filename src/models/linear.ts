/**
 * Small dense linear algebra for fits with a handful of columns. A matrix is a list of rows.
 */
export type Matrix = readonly (readonly number[])[];

/** The number of columns. Throws a RangeError when there are no rows, rows differ in length or hold non-numbers. */
export function columnsOf(rows: Matrix): number {
  const width = rows[0]?.length ?? 0;
  if (width === 0) throw new RangeError('a matrix needs at least one row and one column');
  for (const row of rows) {
    if (row.length !== width) throw new RangeError('the rows of a matrix differ in length');
    if (!row.every(Number.isFinite)) throw new RangeError('a matrix holds finite numbers only');
  }
  return width;
}

/** The sum of the products of two lists of one length. */
export function dot(left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] as number) * (right[i] as number);
  return sum;
}

/** The Gram matrix A'WA of a checked matrix, with the weights W of the rows, 1 by default. */
export function gram(rows: Matrix, weights?: readonly number[]): number[][] {
  const width = rows[0]?.length ?? 0;
  const product = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  for (let t = 0; t < rows.length; t++) {
    const row = rows[t] as readonly number[];
    const weight = weights?.[t] ?? 1;
    for (let i = 0; i < width; i++) {
      const line = product[i] as number[];
      const left = weight * (row[i] as number);
      for (let j = 0; j <= i; j++) line[j] = (line[j] as number) + left * (row[j] as number);
    }
  }
  product.forEach((line, i) => {
    for (let j = i + 1; j < width; j++) line[j] = (product[j] as number[])[i] as number;
  });
  return product;
}

/** A'Wb of a checked matrix. Throws a RangeError when `values` has not one number per row. */
export function project(rows: Matrix, values: readonly number[], weights?: readonly number[]): number[] {
  const width = rows[0]?.length ?? 0;
  if (values.length !== rows.length) throw new RangeError('one value per row is needed');
  const result = new Array<number>(width).fill(0);
  for (let t = 0; t < rows.length; t++) {
    const row = rows[t] as readonly number[];
    const value = (values[t] as number) * (weights?.[t] ?? 1);
    for (let i = 0; i < width; i++) result[i] = (result[i] as number) + (row[i] as number) * value;
  }
  return result;
}

/**
 * The lower triangle L with S = L L' for a symmetric positive definite S (Golub & Van Loan, Matrix Computations, 4.2).
 * Throws a RangeError when S is singular to working precision.
 */
function cholesky(s: Matrix): number[][] {
  const n = s.length;
  const l = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const at = (i: number, j: number) => (l[i] as number[])[j] as number;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = (s[i] as readonly number[])[j] as number;
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      if (i === j) {
        const size = (s[j] as readonly number[])[j] as number;
        if (!(sum > size * 1e-13)) throw new RangeError('the matrix is singular');
        (l[j] as number[])[j] = Math.sqrt(sum);
      } else (l[i] as number[])[j] = sum / at(j, j);
    }
  }
  return l;
}

/** Solves S x = v for a symmetric positive definite S. Throws a RangeError when S is singular. */
export function solveSymmetric(s: Matrix, v: readonly number[]): number[] {
  const l = cholesky(s);
  const n = l.length;
  const at = (i: number, j: number) => (l[i] as number[])[j] as number;
  const x = [...v];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] as number) - at(i, k) * (x[k] as number);
    x[i] = (x[i] as number) / at(i, i);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] = (x[i] as number) - at(k, i) * (x[k] as number);
    x[i] = (x[i] as number) / at(i, i);
  }
  return x;
}

/** The logarithm of the determinant of a symmetric positive definite matrix. */
export function logDeterminant(s: Matrix): number {
  return cholesky(s).reduce((sum, row, i) => sum + 2 * Math.log(row[i] as number), 0);
}

/**
 * The condition number of `rows` with every column scaled to unit length, in the 2-norm: the measure of collinearity
 * of Belsley, Kuh and Welsch (Regression Diagnostics, 1980), where 30 and above is strong. Infinite for a column of
 * zeros or columns that are exactly dependent.
 */
export function scaledCondition(rows: Matrix): number {
  columnsOf(rows);
  const product = gram(rows);
  const length = product.map((line, i) => Math.sqrt(line[i] as number));
  if (length.some((size) => size === 0)) return Number.POSITIVE_INFINITY;
  const correlations = product.map((line, i) =>
    line.map((value, j) => value / ((length[i] as number) * (length[j] as number))),
  );
  const values = eigenvalues(correlations);
  const smallest = Math.min(...values);
  // Below this the eigenvalue is rounding error of the products above.
  if (smallest < 1e-14) return Number.POSITIVE_INFINITY;
  return Math.sqrt(Math.max(...values) / smallest);
}

/** The eigenvalues of a symmetric matrix, in no order, by Jacobi's rotations (Golub & Van Loan, 8.5). */
export function eigenvalues(symmetric: Matrix): number[] {
  const n = columnsOf(symmetric);
  const a = symmetric.map((row) => [...row]);
  const at = (i: number, j: number) => (a[i] as number[])[j] as number;
  const put = (i: number, j: number, value: number) => {
    (a[i] as number[])[j] = value;
  };
  for (let sweep = 0; sweep < 60; sweep++) {
    let rest = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) rest += at(i, j) ** 2;
    if (rest < 1e-30) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (at(p, q) === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [at(k, p), at(k, q)];
          put(k, p, c * kp - t * c * kq);
          put(k, q, t * c * kp + c * kq);
        }
        for (let k = 0; k < n; k++) {
          const [pk, qk] = [at(p, k), at(q, k)];
          put(p, k, c * pk - t * c * qk);
          put(q, k, t * c * pk + c * qk);
        }
      }
    }
  }
  return a.map((row, i) => row[i] as number);
}
