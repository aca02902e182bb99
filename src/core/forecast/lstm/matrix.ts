/** A rectangle of numbers in a flat array; steps instead of copies make transposes and slices free. */
export interface Matrix {
  readonly data: Float64Array;
  /** Index of the first element. */
  readonly at: number;
  readonly rows: number;
  readonly cols: number;
  /** Distance in `data` from a row, or a column, to the next. */
  readonly rowStep: number;
  readonly colStep: number;
}

export function matrix(rows: number, cols: number, data?: Float64Array, at = 0): Matrix {
  return { data: data ?? new Float64Array(rows * cols), at, rows, cols, rowStep: cols, colStep: 1 };
}

export function transposed(m: Matrix): Matrix {
  const { data, at, rows, cols, rowStep, colStep } = m;
  return { data, at, rows: cols, cols: rows, rowStep: colStep, colStep: rowStep };
}

export function rowsOf(m: Matrix, from: number, count: number): Matrix {
  return { ...m, at: m.at + from * m.rowStep, rows: count };
}

export function colsOf(m: Matrix, from: number, count: number): Matrix {
  return { ...m, at: m.at + from * m.colStep, cols: count };
}

/**
 * out += a × b. Blocks of 2 × 4 sums stay in registers: 6 loads serve 8 multiplications, which is what bounds
 * scalar code (Goto & van de Geijn 2008, section 4). `out` must have `colStep` 1 and share no element with a or b.
 */
export function addProduct(out: Matrix, a: Matrix, b: Matrix): void {
  if (a.cols !== b.rows || out.rows !== a.rows || out.cols !== b.cols || out.colStep !== 1)
    throw new RangeError(`no product of ${size(a)} and ${size(b)} into ${size(out)}`);
  const evenRows = out.rows & ~1;
  const wholeCols = out.cols & ~3;
  for (let i = 0; i < evenRows; i += 2) for (let j = 0; j < wholeCols; j += 4) addBlock(out, a, b, i, j);
  if (evenRows < out.rows) for (let j = 0; j < wholeCols; j += 4) addStrip(out, a, b, evenRows, j);
  for (let i = 0; i < out.rows; i++) for (let j = wholeCols; j < out.cols; j++) addDot(out, a, b, i, j);
}

const size = (m: Matrix): string => `${m.rows} x ${m.cols}`;

/** Two rows by four columns. */
function addBlock(out: Matrix, a: Matrix, b: Matrix, i: number, j: number): void {
  const { data: A, colStep: stepA, rowStep: nextRow } = a;
  const { data: B, rowStep: stepB, colStep } = b;
  const [col2, col3] = [2 * colStep, 3 * colStep];
  let pa = a.at + i * nextRow;
  let pb = b.at + j * colStep;
  let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = a.cols; k > 0; k--) {
    const x = A[pa] as number;
    const y = A[pa + nextRow] as number;
    const b0 = B[pb] as number;
    const b1 = B[pb + colStep] as number;
    const b2 = B[pb + col2] as number;
    const b3 = B[pb + col3] as number;
    s0 += x * b0;
    s1 += x * b1;
    s2 += x * b2;
    s3 += x * b3;
    t0 += y * b0;
    t1 += y * b1;
    t2 += y * b2;
    t3 += y * b3;
    pa += stepA;
    pb += stepB;
  }
  const at = out.at + i * out.rowStep + j;
  addFour(out.data, at, s0, s1, s2, s3);
  addFour(out.data, at + out.rowStep, t0, t1, t2, t3);
}

/** One row by four columns. */
function addStrip(out: Matrix, a: Matrix, b: Matrix, i: number, j: number): void {
  const { data: A, colStep: stepA } = a;
  const { data: B, rowStep: stepB, colStep } = b;
  let pa = a.at + i * a.rowStep;
  let pb = b.at + j * colStep;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let k = a.cols; k > 0; k--) {
    const x = A[pa] as number;
    s0 += x * (B[pb] as number);
    s1 += x * (B[pb + colStep] as number);
    s2 += x * (B[pb + 2 * colStep] as number);
    s3 += x * (B[pb + 3 * colStep] as number);
    pa += stepA;
    pb += stepB;
  }
  addFour(out.data, out.at + i * out.rowStep + j, s0, s1, s2, s3);
}

function addDot(out: Matrix, a: Matrix, b: Matrix, i: number, j: number): void {
  let pa = a.at + i * a.rowStep;
  let pb = b.at + j * b.colStep;
  let sum = 0;
  for (let k = a.cols; k > 0; k--) {
    sum += (a.data[pa] as number) * (b.data[pb] as number);
    pa += a.colStep;
    pb += b.rowStep;
  }
  const at = out.at + i * out.rowStep + j;
  out.data[at] = (out.data[at] as number) + sum;
}

function addFour(to: Float64Array, at: number, a: number, b: number, c: number, d: number): void {
  to[at] = (to[at] as number) + a;
  to[at + 1] = (to[at + 1] as number) + b;
  to[at + 2] = (to[at + 2] as number) + c;
  to[at + 3] = (to[at + 3] as number) + d;
}
