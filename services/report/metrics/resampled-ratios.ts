/**
 * Sum of `over` by sum of `per` in each resample, where a profile counts as often as it was drawn; NaN where nothing is counted. `weights` holds one entry
 * for each profile, resample by resample. A report asks thousands of times, so this is written for speed; most metrics are means over the same
 * sessions, and the sums of the last `per` are kept for the next call.
 */
export function createResampledRatios(weights: Uint16Array, profiles: number): (over: Float64Array, per: Float64Array, resamples: number) => Float64Array {
  const draws = drawsOf(weights, profiles);
  let lastPer: Float64Array | null = null;
  let lastBottoms: Float64Array = new Float64Array(0);

  const sumsOf = (values: Float64Array, resamples: number): Float64Array => {
    const active = Uint32Array.from(values.keys()).filter((profile) => values[profile] !== 0);
    return active.length > profiles / SPARSE ? sumsOfDraws(values, draws, resamples) : sumsOfFew(values, active, weights, profiles, resamples);
  };
  const isLast = (per: Float64Array, resamples: number) => lastPer !== null && lastBottoms.length >= resamples && per.every((value, profile) => value === lastPer![profile]);

  return (over, per, resamples) => {
    if (!isLast(per, resamples)) {
      lastPer = per;
      lastBottoms = sumsOf(per, resamples);
    }
    return sumsOf(over, resamples).map((top, resample) => (lastBottoms[resample] === 0 ? NaN : top / lastBottoms[resample]!));
  };
}

/** With less than one in so many profiles that have a value, visiting those alone is faster. */
const SPARSE = 3;

/** Each resample as the list of profiles drawn, in order. */
function drawsOf(weights: Uint16Array, profiles: number): Uint32Array {
  const draws = new Uint32Array(weights.length);
  let at = 0;
  for (let index = 0; index < weights.length; index += 1) {
    for (let count = weights[index]!; count > 0; count -= 1) {
      draws[at] = index % profiles;
      at += 1;
    }
  }
  return draws;
}

/** Four sums side by side, since each addition would wait for the one before. */
function sumsOfDraws(values: Float64Array, draws: Uint32Array, resamples: number): Float64Array {
  const sums = new Float64Array(resamples);
  const drawn = values.length;
  const whole = drawn - (drawn % 4);
  for (let resample = 0, start = 0; resample < resamples; resample += 1, start += drawn) {
    let [a, b, c, d] = [0, 0, 0, 0];
    let at = start;
    for (const end = start + whole; at < end; at += 4) {
      a += values[draws[at]!]!;
      b += values[draws[at + 1]!]!;
      c += values[draws[at + 2]!]!;
      d += values[draws[at + 3]!]!;
    }
    for (const end = start + drawn; at < end; at += 1) a += values[draws[at]!]!;
    sums[resample] = a + b + c + d;
  }
  return sums;
}

function sumsOfFew(values: Float64Array, active: Uint32Array, weights: Uint16Array, profiles: number, resamples: number): Float64Array {
  const sums = new Float64Array(resamples);
  for (let resample = 0, start = 0; resample < resamples; resample += 1, start += profiles) {
    let sum = 0;
    for (let index = 0; index < active.length; index += 1) sum += weights[start + active[index]!]! * values[active[index]!]!;
    sums[resample] = sum;
  }
  return sums;
}
